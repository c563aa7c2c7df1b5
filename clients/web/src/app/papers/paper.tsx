/** One paper: its pages, its values and where they come from, and what can be done with it. */
import type { ValueRecord } from '../../formats/object.ts';
import { named, paper as paperType, word } from '../../i18n/fields.ts';
import { bytes, count, t } from '../../i18n/index.ts';
import { today } from '../../store/dates.ts';
import {
  attachmentsOf,
  conflicts,
  fieldsOf,
  people,
  personOf,
  recordsOf,
  restore,
  textOf,
  trash,
  trashed,
} from '../../store/papers.ts';
import { endOf, remindMonths, validity } from '../../store/reminders.ts';
import type { Item } from '../../store/vault.ts';
import { Button, Foreign, Icon, Label, List, Notice, Row, Screen, toast } from '../../ui/kit.tsx';
import { covered } from '../more/settings.ts';
import { back, go, href, replace } from '../router.ts';
import type { Params } from '../routes.ts';
import { noted, vault } from '../session.ts';
import { Badges, dateShown, Gone, personName, titleOf, typeName, useDoing, useItem } from './common.tsx';
import { FieldName, Origin, Value } from './value.tsx';
import './papers.css';

const isPictureOrPdf = (media: string) => media.startsWith('image/') || media === 'application/pdf';

export default function PaperScreen({ params: [id = ''] }: { params: Params }) {
  const item = useItem(id);
  const doing = useDoing();
  if (item === null) return <Gone />;
  const { payload } = item;
  const type = textOf(payload, 'type');
  const differing = conflicts(vault(), id);
  const names = Object.keys(fieldsOf(payload)).filter((name) => recordsOf(payload, name).length > 0);
  const zone = ['passport', 'travel_document', 'residence_title', 'interim_paper'].includes(type);
  const inTrash = trashed(payload) !== null;
  const away = () =>
    doing.run(async () => {
      await trash(vault(), id);
      toast(t('papers.trashed'), { label: t('papers.undo'), run: () => restore(vault(), id).catch(noted) });
      replace('papers');
    });
  return (
    <Screen
      title={<Foreign text={titleOf(payload)} />}
      back={back}
      foot={
        inTrash ? (
          <Button icon="undo" busy={doing.busy} onClick={() => doing.run(() => restore(vault(), id))}>
            <Label k="papers.restore" />
          </Button>
        ) : (
          <Button icon="share" onClick={() => go('give')}>
            <Label k="papers.show" />
          </Button>
        )
      }
    >
      {doing.problem}
      {inTrash && (
        <Notice kind="info">
          <Label k="papers.intrash" />
        </Notice>
      )}
      <p class="about">
        <span>{typeName(type)}</span>
        {people(vault()).length > 0 && (
          <span>
            <Icon name="person" /> <Foreign text={personName(personOf(payload))} />
          </span>
        )}
        <Badges item={item} />
      </p>
      <States item={item} differing={differing.size} />
      <Pages item={item} />
      <h2>
        <Label k="papers.values" />
      </h2>
      {names.length === 0 && (
        <p>
          <Label k="papers.values.none" />
        </p>
      )}
      {names.length > 0 && (
        <ul class="list values">
          {names.map((name) => (
            <FieldRow
              key={name}
              id={id}
              type={type}
              name={name}
              records={recordsOf(payload, name)}
              differs={differing.has(name)}
            />
          ))}
        </ul>
      )}
      {textOf(payload, 'notes') !== '' && !covered.value && (
        <p class="notes">
          <Foreign text={textOf(payload, 'notes')} />
        </p>
      )}
      <div class="wide-buttons">
        <Button kind="quiet" icon="edit" onClick={() => go('paper-fill', id)}>
          <Label k="papers.fill" />
        </Button>
        {zone && (
          <Button kind="quiet" icon="scan" onClick={() => go('paper-zone', id)}>
            <Label k="papers.zone" />
          </Button>
        )}
      </div>
      <List label={t('papers.more')}>
        <Row icon="paper" title={<Label k="papers.kind" />} second={typeName(type)} href={href('paper-kind', id)} />
        <Row icon="info" title={<Label k="papers.state" />} second={stateName(item)} href={href('paper-state', id)} />
        {endOf(payload) !== null && (
          <Row
            icon="bell"
            title={<Label k="papers.remind" />}
            second={remindText(item)}
            href={href('paper-remind', id)}
          />
        )}
        <Row icon="people" title={<Label k="papers.copy" />} href={href('paper-copy', id)} />
        {!inTrash && <Row icon="trash" title={<Label k="papers.throw" />} onClick={away} />}
      </List>
    </Screen>
  );
}

function stateName({ payload }: Item): string {
  const state = textOf(payload, 'state');
  return t(`papers.state.${state as 'present'}`);
}

function remindText({ payload }: Item): string {
  const months = remindMonths(payload);
  return months === 0 ? t('papers.remind.never') : count('papers.remind.months', months);
}

function States({ item, differing }: { item: Item; differing: number }) {
  const { payload } = item;
  const end = endOf(payload);
  const state = validity(payload, today());
  const type = paperType(textOf(payload, 'type'));
  const why = payload.not_obtainable as { reason?: string; substitute?: string } | undefined;
  const older = typeof payload.replaces === 'string' ? payload.replaces : null;
  const newer = vault()
    .items('document')
    .find((one) => one.payload.replaces === item.id);
  return (
    <>
      {end !== null && state === 'expired' && (
        <Notice kind="alarm">
          <p>
            <Label k="papers.expired.text" fill={{ date: dateShown(end) }} />
          </p>
        </Notice>
      )}
      {end !== null && state === 'soon' && (
        <Notice kind="warn">
          <p>
            <Label k="papers.soon.text" fill={{ date: dateShown(end) }} />
          </p>
        </Notice>
      )}
      {why !== undefined && (
        <Notice kind="info" title={t('papers.state.not-obtainable')}>
          <p>
            <Foreign text={word('missing_reason', why.reason ?? 'other')} />
          </p>
          {why.substitute !== undefined && (
            <p>
              {t('papers.substitute')}: <Foreign text={word('substitute', why.substitute)} />
            </p>
          )}
        </Notice>
      )}
      {differing > 0 && (
        <Notice kind="warn">
          <p>{count('papers.differs', differing)}</p>
        </Notice>
      )}
      {type?.sensitive === true && (
        <Notice kind="info">
          <p>
            <Label k="papers.sensitive" />
          </p>
        </Notice>
      )}
      {newer !== undefined && (
        <p>
          <a href={href('paper', newer.id)}>
            <Label k="papers.newer" />
          </a>
        </p>
      )}
      {older !== null && (
        <p>
          <a href={href('paper', older)}>
            <Label k="papers.older" />
          </a>
        </p>
      )}
    </>
  );
}

function Pages({ item }: { item: Item }) {
  const files = attachmentsOf(item.payload);
  return (
    <>
      {files.length > 0 && (
        <List label={t('papers.pages')}>
          {files.map((file) => (
            <Row
              key={file.id}
              icon={isPictureOrPdf(file.media) ? 'picture' : 'paper'}
              title={<Foreign text={file.name} />}
              second={bytes(file.size)}
              href={href('paper-file', item.id, file.id)}
            />
          ))}
        </List>
      )}
      <div class="wide-buttons">
        <Button kind="quiet" icon="camera" onClick={() => go('paper-add', item.id)}>
          {t(files.length === 0 ? 'papers.pages.add' : 'papers.pages.more')}
        </Button>
      </div>
    </>
  );
}

type FieldRowProps = {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly records: readonly ValueRecord[];
  readonly differs: boolean;
};

function FieldRow({ id, type, name, records, differs }: FieldRowProps) {
  const { field, spec } = named(`${type}.${name}`);
  return (
    <li class="value-row">
      <div class="value-text">
        <div class="value-name">
          <FieldName name={`${type}.${name}`} />
        </div>
        {records.map((record, i) => (
          <div key={i} class="value-one">
            <Value record={record} spec={spec} label={field} />
            {(records.length > 1 || record.assurance !== 'self-declared' || record.source !== '') && (
              <Origin name={`${type}.${name}`} record={record} />
            )}
          </div>
        ))}
        {differs && (
          <p class="differs">
            <Icon name="warn" /> {t('papers.differs.here')}
          </p>
        )}
      </div>
      <a class="round" href={href('paper-value', id, name)} aria-label={t('papers.change', { what: field })}>
        <Icon name="edit" />
      </a>
    </li>
  );
}
