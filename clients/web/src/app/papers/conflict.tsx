/**
 * The same paper was changed on two devices. Only what differs, both versions with device and time, one choice for each
 * part. Until the last tap both are still there; the paper changes only then.
 */
import { useEffect, useState } from 'preact/hooks';
import type { Attachment } from '../../formats/attachment.ts';
import type { Payload, ValueRecord } from '../../formats/object.ts';
import type { Json, JsonObject } from '../../formats/strict_json.ts';
import { named } from '../../i18n/fields.ts';
import { bytes, type Key, moment, t } from '../../i18n/index.ts';
import {
  type Choice as Chosen,
  type Conflict,
  conflictOf,
  contested,
  type Difference,
  merged,
  settle,
} from '../../store/conflicts.ts';
import { textOf } from '../../store/papers.ts';
import { Button, Choice, Empty, Foreign, Icon, Label, Notice, Screen, toast } from '../../ui/kit.tsx';
import { deviceName } from '../more/device_name.ts';
import { back, replace, useUnsaved } from '../router.ts';
import type { Params } from '../routes.ts';
import { codeOf, vault, wallet } from '../session.ts';
import { personName, Trouble, titleOf, typeName, useDoing } from './common.tsx';
import { Origin, Value } from './value.tsx';
import './papers.css';

type Found = { readonly conflict: Conflict | null; readonly trouble: string | null };

function look(id: string): Found {
  try {
    return { conflict: conflictOf(vault(), id), trouble: null };
  } catch (error) {
    return { conflict: null, trouble: codeOf(error) };
  }
}

/** The names of the holder's devices, where the server can be asked. */
function useNames(): ReadonlyMap<string, string> {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    const known = (rows: readonly { device: string; label: string }[]) =>
      setNames(new Map(rows.map(({ device, label }) => [device, deviceName(label)])));
    // Without a network it is "another device": nothing depends on the name.
    wallet.value?.devices().then(known, () => undefined);
  }, []);
  return names;
}

export default function ConflictScreen({ params: [id = ''] }: { params: Params }) {
  const doing = useDoing();
  const names = useNames();
  const [choices, setChoices] = useState<ReadonlyMap<string, Chosen>>(new Map());
  void vault().changed.value;
  const { conflict, trouble } = look(id);
  useUnsaved(() => choices.size > 0 && conflict !== null);
  // The other device has written once more: what was chosen was chosen about something else.
  useEffect(() => setChoices(new Map()), [conflict?.version]);
  if (conflict === null) {
    return (
      <Screen title={<Label k="devices.conflict.title" />} back={back}>
        {trouble === null ? <Empty icon="check" text={t('devices.conflict.none')} /> : <Trouble code={trouble} />}
      </Screen>
    );
  }
  const { differences, writer, mine, theirs } = conflict;
  const all = (choice: Chosen) => setChoices(new Map(differences.map(({ key }) => [key, choice])));
  const ready = differences.every(({ key }) => choices.has(key));
  const keep = () =>
    doing.run(async () => {
      const payload = merged(conflict, choices, Math.floor(Date.now() / 1000));
      await settle(vault(), conflict, payload);
      setChoices(new Map());
      toast(t('devices.conflict.done'));
      const [next] = contested(vault());
      if (next === undefined) replace('papers');
      else replace('paper-conflict', next);
    });
  const devices = {
    mine: t('devices.conflict.here'),
    theirs: names.get(writer?.device ?? '') ?? t('devices.conflict.other'),
  };
  const sides = {
    mine: side(devices.mine, timeOf(mine)),
    theirs: side(devices.theirs, writer?.time ?? timeOf(theirs)),
  };
  return (
    <Screen
      title={<Label k="devices.conflict.title" />}
      back={back}
      foot={
        <Button icon="check" busy={doing.busy} disabled={!ready} onClick={keep}>
          <Label k="devices.conflict.keep" />
        </Button>
      }
    >
      <p class="lead">
        <Foreign text={textOf((mine ?? theirs) as Payload, 'label') || titleOf((mine ?? theirs) as Payload)} />
      </p>
      <Notice kind="info">
        <Label k="devices.conflict.safe" />
      </Notice>
      {doing.problem}
      {differences.length > 1 && (
        <div class="wide-buttons">
          <Button kind="quiet" onClick={() => all('mine')}>
            {t('devices.conflict.all', { device: devices.mine })}
          </Button>
          <Button kind="quiet" onClick={() => all('theirs')}>
            {t('devices.conflict.all', { device: devices.theirs })}
          </Button>
        </div>
      )}
      {differences.map((one) => (
        <Choice<Chosen>
          key={one.key}
          label={nameOf(one, conflict)}
          value={choices.get(one.key) ?? null}
          onChange={(choice) => setChoices(new Map([...choices, [one.key, choice]]))}
          options={[
            { value: 'mine', label: <Shown of={one} side="mine" conflict={conflict} />, note: sides.mine },
            { value: 'theirs', label: <Shown of={one} side="theirs" conflict={conflict} />, note: sides.theirs },
            ...(one.both
              ? [
                  {
                    value: 'both' as const,
                    label: <Label k="devices.conflict.both" />,
                    note: <Label k="devices.conflict.both.note" />,
                  },
                ]
              : []),
          ]}
        />
      ))}
    </Screen>
  );
}

function side(device: string, time: number | null): string {
  return time === null ? device : `${device} · ${moment(time)}`;
}

function timeOf(payload: Payload | null): number | null {
  return typeof payload?.updated === 'number' ? payload.updated : null;
}

const PARTS: Readonly<Record<string, Key>> = {
  title: 'devices.part.title',
  label: 'devices.part.title',
  type: 'papers.kind',
  person: 'papers.person',
  relation: 'papers.person.relation',
  state: 'papers.state',
  notes: 'papers.notes',
  trashed: 'devices.part.trash',
  remind_months: 'papers.remind',
};

function nameOf({ part, name }: Difference, { mine, theirs }: Conflict) {
  if (part === 'whole') return t('devices.part.whole');
  if (part === 'file') return t('devices.part.page');
  if (part === 'field') return named(`${textOf((theirs ?? mine) as Payload, 'type')}.${name}`).field;
  const key = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
  return key === undefined ? <Foreign text={name} /> : t(key);
}

type ShownProps = { readonly of: Difference; readonly side: 'mine' | 'theirs'; readonly conflict: Conflict };

function Shown({ of: { part, name, ...values }, side: at, conflict }: ShownProps) {
  const value = values[at];
  if (part === 'whole') return <>{t(value === undefined ? 'devices.part.removed' : 'devices.part.kept')}</>;
  if (part === 'file') return <Page file={value as unknown as Attachment | undefined} />;
  if (part === 'field') {
    const records = (value ?? []) as unknown as readonly ValueRecord[];
    const full = `${textOf((conflict[at] ?? {}) as Payload, 'type')}.${name}`;
    const { field, spec } = named(full);
    if (records.length === 0) return <>{t('devices.part.empty')}</>;
    return (
      <>
        {records.map((record, index) => (
          <span key={index} class="value-one">
            <Value record={record} spec={spec} label={field} />
            {(records.length > 1 || record.source !== '' || record.assurance !== 'self-declared') && (
              <Origin name={full} record={record} />
            )}
          </span>
        ))}
      </>
    );
  }
  return <Foreign text={memberText(name, value)} />;
}

function Page({ file }: { file: Attachment | undefined }) {
  if (file === undefined) return <>{t('devices.part.nopage')}</>;
  return (
    <span class="signed">
      <Icon name="picture" />
      <span>
        <Foreign text={file.name} /> · {bytes(file.size)}
      </span>
    </span>
  );
}

function memberText(name: string, value: Json | undefined): string {
  if (name === 'trashed') return t(value === undefined ? 'devices.part.kept' : 'devices.part.thrown');
  if (name === 'state') return t(`papers.state.${((value as JsonObject).state ?? 'present') as 'present'}`);
  if (name === 'person') return personName(typeof value === 'string' ? value : null);
  if (value === undefined || value === '') return t('devices.part.empty');
  if (name === 'type') return typeName(String(value));
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}
