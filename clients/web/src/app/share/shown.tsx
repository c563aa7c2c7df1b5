/** Exactly what a recipient will see of one slot. Values are shown as text, never as markup. */
import type { JsonObject } from '../../formats/strict_json.ts';
import type { Chosen } from '../../grant/selection.ts';
import { reason } from '../../i18n/fields.ts';
import { t } from '../../i18n/index.ts';
import { date, line, show } from '../../redeem/value.ts';
import { Foreign, Label, Masked } from '../../ui/kit.tsx';
import { Vouches } from '../../ui/marks.tsx';
import { ShownValue } from '../../ui/shown.tsx';
import { covered } from '../more/settings.ts';
import { shownRegistry } from '../registry.ts';
import { slotNamed, typeNamed } from './names.ts';
import { Picture } from './picture.tsx';

const NONE: readonly [] = [];

const text = (content: JsonObject, name: string): string =>
  typeof content[name] === 'string' ? (content[name] as string) : '';

/** The value of a record or slot as one line, for lists. */
export function valueLine(name: string, content: JsonObject): string {
  const missing = text(content, 'missing');
  if (missing === 'not-known' || missing === 'not-obtainable') return t(`field.missing.${missing}`);
  return line(show(content.value ?? null, slotNamed(name).spec));
}

function Origin({ slot: { content, kind, name } }: { slot: Chosen }) {
  const why = text(content, 'reason');
  const assurance = text(content, 'assurance') as 'self-declared' | 'seen-in-original' | 'issuer-signed';
  const evidence = Array.isArray(content.evidence) ? content.evidence : NONE;
  return (
    <ul class="origin">
      {why !== '' && (
        <li>
          {t('field.reason')}: <Foreign text={reason(why)} />
        </li>
      )}
      <Vouches
        of={{ field: name, value: content.value ?? null, assurance, evidence }}
        registry={shownRegistry}
        own={<Label k="assurance.self-declared" />}
      />
      {text(content, 'source') !== '' && kind !== 'derived' && (
        <li>
          {t('field.source')}: <Foreign text={text(content, 'source')} />
        </li>
      )}
      {text(content, 'as_of') !== '' && (
        <li>
          {t('field.asof')}: {date(text(content, 'as_of'))}
        </li>
      )}
    </ul>
  );
}

function SlotView({ slot }: { slot: Chosen }) {
  const { content, name } = slot;
  const { field, spec } = slotNamed(name);
  const missing = text(content, 'missing');
  if (slot.kind === 'attachment') {
    return (
      <div class="field">
        <dt>
          <Label k="share.copy" />
        </dt>
        <dd>
          <Picture slot={slot}>
            <Origin slot={slot} />
          </Picture>
        </dd>
      </div>
    );
  }
  return (
    <div class="field">
      <dt>
        <Foreign text={field} />
      </dt>
      <dd class="value">
        {missing !== '' ? (
          t(`field.missing.${missing as 'not-known' | 'not-obtainable'}`)
        ) : covered.value ? (
          <Masked value={valueLine(name, content)} label={field} />
        ) : (
          <ShownValue shown={show(content.value ?? null, spec)} />
        )}
      </dd>
      <dd>
        <Origin slot={slot} />
      </dd>
    </div>
  );
}

/** All slots, under the kind of paper that they come from. */
export function SlotsView({ slots }: { slots: readonly Chosen[] }) {
  const groups = new Map<string, Chosen[]>();
  for (const slot of slots) {
    const type = slot.name.split('.')[0] as string;
    groups.set(type, [...(groups.get(type) ?? []), slot]);
  }
  return (
    <>
      {[...groups].map(([type, entries]) => (
        <section class="paper" key={type}>
          <h2>
            <Foreign text={typeNamed(type)} />
          </h2>
          <dl>
            {entries.map((slot) => (
              <SlotView key={slot.slot} slot={slot} />
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}
