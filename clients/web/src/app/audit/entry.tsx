/** One line of the log, and what can be done about it. */
import { useEffect, useState } from 'preact/hooks';
import { end, listing } from '../../grant/grants.ts';
import { count, t } from '../../i18n/index.ts';
import { Busy, Button, Foreign, Icon, Label, Notice, Screen, toast } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import type { Params } from '../routes.ts';
import { noted, online, vault } from '../session.ts';
import { TroubleView, useTask } from '../share/task.tsx';
import { fieldNames, useChecked } from './parts.tsx';
import { Rights } from './rights.tsx';
import { check } from './state.ts';
import { reasonText, SIGNS, whatText, whenText, whoText } from './words.ts';

export default function Entry({ params: [seq = ''] }: { params: Params }) {
  const task = useTask();
  const log = useChecked(task);
  const told = log?.told.find((one) => String(one.seq) === seq);
  const grant = told?.grant ?? null;
  const [runs, setRuns] = useState(false);
  useEffect(() => {
    if (grant === null) return;
    listing(vault(), { offline: !online.value }).then(
      (rows) => setRuns(rows.some((one) => one.id === grant && one.state !== 'ended')),
      (error) => {
        // Whether it runs is then unknown; a lie is the session's to show.
        noted(error);
        setRuns(false);
      },
    );
  }, [grant]);
  if (log === null || told === undefined) {
    return (
      <Screen key="checking" title={<Label k="audit.entry.title" />} back={back}>
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
  const stop = () =>
    task.run(async () => {
      const ids = await end(vault(), [grant as string]);
      toast(count('share.ended', ids.length));
      setRuns(false);
      await check();
    });
  const fields = fieldNames(told);
  const outside = told.who.kind === 'agency' || told.who.kind === 'link';
  return (
    <Screen
      key="entry"
      title={
        <>
          <Icon name={SIGNS[told.what]} /> {whatText(told)}
        </>
      }
      back={back}
      foot={
        runs ? (
          <Button kind="danger" icon="stop" busy={task.busy} onClick={stop}>
            <Label k="share.running.end" />
          </Button>
        ) : undefined
      }
    >
      <TroubleView trouble={task.trouble} />
      <dl class="facts">
        <div>
          <dt>
            <Label k="audit.entry.who" />
          </dt>
          <dd>
            <Foreign text={whoText(told.who)} />
          </dd>
        </div>
        <div>
          <dt>
            <Label k="audit.entry.when" />
          </dt>
          <dd>{whenText(told)}</dd>
        </div>
        {told.purpose !== null && told.purpose !== '' && (
          <div>
            <dt>
              <Label k="share.why.title" />
            </dt>
            <dd>
              <Foreign text={told.purpose} />
            </dd>
          </div>
        )}
        {told.reason !== null && (
          <div>
            <dt>
              <Label k="audit.entry.reason" />
            </dt>
            <dd>{reasonText(told.reason)}</dd>
          </div>
        )}
        {fields.length > 0 && (
          <div>
            <dt>
              <Label k="audit.entry.what" />
            </dt>
            <dd>
              <ul class="names">
                {fields.map((name, at) => (
                  <li key={`${name}${at}`}>
                    <Foreign text={name} />
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        )}
      </dl>
      <p class="help">
        <Label k={told.waiting ? 'audit.entry.waiting' : 'audit.entry.proved'} />
      </p>
      {outside && grant !== null && <Rights grant={grant} seq={told.seq} />}
    </Screen>
  );
}
