/** Rows of the log, and the line that says what was checked. */
import { useEffect } from 'preact/hooks';
import type { Told } from '../../audit/explain.ts';
import { count, moment, t } from '../../i18n/index.ts';
import { Button, Foreign, Label, Notice, Row } from '../../ui/kit.tsx';
import { href } from '../router.ts';
import { slotNamed } from '../share/names.ts';
import type { Task } from '../share/task.tsx';
import { type Checked, check, checked } from './state.ts';
import { reasonText, SIGNS, whatText, whenText, whoText } from './words.ts';

/** The log as checked; checks it when nobody has yet. */
export function useChecked(task: Task): Checked | null {
  useEffect(() => {
    if (checked.value === null) void task.run(check);
  }, []);
  return checked.value;
}

export function fieldNames(told: Told): string[] {
  return told.fields.map((name) => (name === null ? t('audit.unnamed') : slotNamed(name).field));
}

/** Whom a share of one's own was for: the log names the device that made it. */
export function recipientOf(told: Told): string | null {
  if (told.grant === null || told.who.kind === 'agency' || told.who.kind === 'link') return null;
  const grant = told.grant;
  const found = checked.value?.recipients.find((one) => one.grants.includes(grant));
  return found === undefined ? null : whoText(found.who);
}

export function EntryRow({ told }: { told: Told }) {
  const fields = fieldNames(told);
  const recipient = recipientOf(told);
  return (
    <Row
      icon={SIGNS[told.what]}
      title={<Foreign text={whoText(told.who)} />}
      second={
        <>
          <strong>{whatText(told)}</strong>
          {told.reason !== null && <>: {reasonText(told.reason)}</>}
          {recipient !== null && (
            <>
              <br />
              <Foreign text={t('audit.to', { name: recipient })} />
            </>
          )}
          {fields.length > 0 && (
            <>
              <br />
              <Foreign text={fields.join(', ')} />
            </>
          )}
          <br />
          {whenText(told)}
        </>
      }
      href={href('audit-entry', String(told.seq))}
    />
  );
}

export function CheckedNotice({ log, task }: { log: Checked; task: Task }) {
  return (
    <>
      <Notice kind="ok" title={t('audit.checked')}>
        <p>
          <Label k="audit.checked.when" fill={{ time: moment(log.at) }} />
        </p>
        {log.journal.waiting > 0 && <p>{count('audit.waiting', log.journal.waiting)}</p>}
      </Notice>
      <details>
        <summary>
          <Label k="audit.how" />
        </summary>
        <p>
          <Label k="audit.how.text" />
        </p>
        <p>
          <Label k="audit.witness" />
        </p>
        <Button kind="quiet" icon="sync" busy={task.busy} onClick={() => task.run(check)}>
          <Label k="audit.again" />
        </Button>
      </details>
    </>
  );
}
