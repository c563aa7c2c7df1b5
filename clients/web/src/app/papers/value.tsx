/** A value as people read it: hidden until tapped while somebody sits beside the holder. */
import type { ValueRecord } from '../../formats/object.ts';
import type { Field } from '../../i18n/fields.ts';
import { named, word } from '../../i18n/fields.ts';
import { beside, LANGUAGES, t } from '../../i18n/index.ts';
import { date, line, type Shown, show } from '../../redeem/value.ts';
import { Foreign, Label, Masked } from '../../ui/kit.tsx';
import { Vouches } from '../../ui/marks.tsx';
import { covered } from '../more/settings.ts';
import { shownRegistry } from '../registry.ts';

/** The name of a field, and beneath it the same in the helper's language. */
export function FieldName({ name }: { name: string }) {
  const first = named(name).field;
  const second = beside.value;
  if (second === null) return <>{first}</>;
  return (
    <span class="two">
      <span>{first}</span>
      <span class="two-second" lang={second} dir={LANGUAGES[second].dir}>
        {named(name, second).field}
      </span>
    </span>
  );
}

function Parts({ shown }: { shown: Shown }) {
  if ('text' in shown) return <Foreign text={shown.text} />;
  return (
    <dl class="parts">
      {shown.parts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Parts shown={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function Value({ record, spec, label }: { record: ValueRecord; spec: Field | undefined; label: string }) {
  if (record.missing !== undefined) {
    const why = record.reason === undefined ? '' : word('missing_reason', record.reason);
    return (
      <span class="missing">
        {word('missing', record.missing)}
        {why !== '' && (
          <>
            {': '}
            <Foreign text={why} />
          </>
        )}
      </span>
    );
  }
  const shown = show(record.value, spec);
  return covered.value ? <Masked value={line(shown)} label={label} /> : <Parts shown={shown} />;
}

/** Where a value comes from, and who has seen it. */
export function Origin({ name, record }: { name: string; record: ValueRecord }) {
  return (
    <ul class="origin">
      <Vouches of={{ field: name, ...record }} registry={shownRegistry} own={word('assurance', 'self-declared')} />
      {record.source !== '' && (
        <li>
          {t('papers.value.source')}: <Foreign text={record.source} />
        </li>
      )}
      <li>
        <Label k="papers.value.asof" fill={{ date: date(record.as_of) }} />
      </li>
    </ul>
  );
}
