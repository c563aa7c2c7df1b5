/** One recipient: all that they saw, end all of it, and the letters to them. `#/audit-by/GRANT`: one of their shares. */
import { endAll, listing } from '../../grant/grants.ts';
import { count, t } from '../../i18n/index.ts';
import { Busy, Button, Foreign, Label, List, Notice, Screen, toast } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import type { Params } from '../routes.ts';
import { syncNow, vault } from '../session.ts';
import { slotNamed } from '../share/names.ts';
import { TroubleView, useTask } from '../share/task.tsx';
import { EntryRow, useChecked } from './parts.tsx';
import { Rights } from './rights.tsx';
import { check } from './state.ts';
import { whoText } from './words.ts';

export default function By({ params: [grant = ''] }: { params: Params }) {
  const task = useTask();
  const log = useChecked(task);
  const recipient = log?.recipients.find((one) => one.grants.includes(grant));
  if (log === null || recipient === undefined) {
    return (
      <Screen key="checking" title={<Label k="audit.by.title" />} back={back}>
        {log === null && task.trouble === null && <Busy text={t('audit.checking')} />}
        {log !== null && (
          <Notice kind="info">
            <Label k="audit.none" />
          </Notice>
        )}
        <TroubleView trouble={task.trouble} />
      </Screen>
    );
  }
  const { who, grants, running, fields } = recipient;
  const rows = log.told.filter((told) => told.grant !== null && grants.includes(told.grant));
  const stop = () =>
    task.run(async () => {
      const ids =
        who.kind === 'agency' && who.agency !== null
          ? await endAll(vault(), { agency: who.agency })
          : await endAll(vault(), { name: who.kind === 'link' || who.kind === 'agency' ? who.name : '' });
      toast(count('share.ended', ids.length));
      await listing(vault());
      await check();
      void syncNow();
    });
  return (
    <Screen
      key="by"
      title={<Foreign text={whoText(who)} />}
      back={back}
      foot={
        running > 0 ? (
          <Button kind="danger" icon="stop" busy={task.busy} onClick={stop}>
            {running === 1 ? <Label k="share.running.end" /> : count('share.running.endall', running)}
          </Button>
        ) : undefined
      }
    >
      <TroubleView trouble={task.trouble} />
      {running === 0 && (
        <Notice kind="ok">
          <Label k="audit.by.over" />
        </Notice>
      )}
      {fields.length > 0 && (
        <>
          <h2>
            <Label k="audit.by.saw" />
          </h2>
          <ul class="names">
            {fields.map((name) => (
              <li key={name}>
                <Foreign text={slotNamed(name).field} />
              </li>
            ))}
          </ul>
        </>
      )}
      <Rights grant={grant} />
      <h2>
        <Label k="audit.all" />
      </h2>
      <List label={t('audit.all')}>
        {rows.map((told) => (
          <EntryRow key={told.seq} told={told} />
        ))}
      </List>
    </Screen>
  );
}
