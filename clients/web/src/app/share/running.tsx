/** One share: who, what, until when, what was done with it; to be ended at once, without a reason. */
import { useEffect, useState } from 'preact/hooks';
import { end, endAll, republish, type Share } from '../../grant/grants.ts';
import { count, t } from '../../i18n/index.ts';
import { Busy, Button, Digits, Foreign, Label, Notice, Screen, toast } from '../../ui/kit.tsx';
import { back, go, href } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { isRunning, nameOf, shares, stateText } from './home.tsx';
import { FieldName } from './request-why.tsx';
import { TroubleView, useTask } from './task.tsx';
import './share.css';

export default function Running({ params: [grant = ''] }: { params: Params }) {
  const task = useTask();
  const [all, setAll] = useState<readonly Share[] | null>(null);
  const changed = vault().changed.value;
  useEffect(() => {
    void task.run(async () => setAll(await shares()));
  }, [grant, changed]);
  const share = all?.find((one) => one.id === grant);
  if (all === null || share === undefined) {
    return (
      <Screen key="looking" title={<Label k="share.running.title" />} back={back}>
        {all === null && task.trouble === null && <Busy text={t('shell.busy')} />}
        {all !== null && (
          <Notice kind="info">
            <Label k="share.running.unknown" />
          </Notice>
        )}
        <TroubleView trouble={task.trouble} />
      </Screen>
    );
  }
  const runs = isRunning(share);
  const others = all.filter((one) => isRunning(one) && one.agency === share.agency && one.to === share.to);
  const finish = (work: () => Promise<string[]>) =>
    task.run(async () => {
      const ids = await work();
      toast(count('share.ended', ids.length));
      setAll(await shares());
    });
  const renew = () =>
    task.run(async () => {
      await republish(vault(), grant);
      toast(t('share.renewed'));
      setAll(await shares());
    });
  const recipient = share.agency === null ? { name: share.to ?? '' } : { agency: share.agency };
  return (
    <Screen
      key="share"
      title={<Foreign text={nameOf(share)} />}
      back={back}
      foot={
        runs ? (
          <>
            <Button kind="danger" icon="stop" busy={task.busy} onClick={() => finish(() => end(vault(), [grant]))}>
              <Label k="share.running.end" />
            </Button>
            {share.state === 'active' && (
              <Button kind="quiet" icon="qr" onClick={() => go('code', grant)}>
                <Label k="share.running.code" />
              </Button>
            )}
          </>
        ) : undefined
      }
    >
      {!runs && <Notice kind="ok">{stateText(share)}</Notice>}
      {share.state === 'suspended' && (
        <Notice kind="warn" title={t('share.state.suspended')}>
          <p>
            <Label k="share.suspended.text" />
          </p>
          <Button kind="quiet" icon="sync" busy={task.busy} onClick={renew}>
            <Label k="share.suspended.confirm" />
          </Button>
        </Notice>
      )}
      <dl class="facts">
        {share.purpose !== '' && (
          <div>
            <dt>
              <Label k="share.why.title" />
            </dt>
            <dd>
              <Foreign text={share.purpose} />
            </dd>
          </div>
        )}
        {runs && (
          <div>
            <dt>
              <Label k="share.until" />
            </dt>
            <dd>{stateText(share)}</dd>
          </div>
        )}
        {share.opens !== null && share.opens > 0 && (
          <div>
            <dt>
              <Label k="share.running.opens" />
            </dt>
            <dd>
              <Label k="share.running.of" fill={{ n: share.opensUsed ?? 0, of: share.opens }} />
            </dd>
          </div>
        )}
        {share.opens === 0 && share.opensUsed !== null && (
          <div>
            <dt>
              <Label k="share.running.opens" />
            </dt>
            <dd>{count('share.times', share.opensUsed)}</dd>
          </div>
        )}
        {share.peeks !== null && share.peeks > 0 && (
          <div>
            <dt>
              <Label k="share.running.peeks" />
            </dt>
            <dd>{count('share.times', share.peeks)}</dd>
          </div>
        )}
        {share.passcode !== null && runs && (
          <div>
            <dt>
              <Label k="share.code.passcode" />
            </dt>
            <dd>
              <Digits blocks={[share.passcode.slice(0, 3), share.passcode.slice(3)]} />
              {share.triesLeft !== null && <span> {count('share.tries', share.triesLeft)}</span>}
            </dd>
          </div>
        )}
      </dl>
      <h2>
        <Label k="share.running.fields" />
      </h2>
      <ul class="names">
        {Object.entries(share.slots).map(([slot, name]) => (
          <li key={slot}>
            <FieldName name={name} />
          </li>
        ))}
      </ul>
      {share.standing && runs && share.state === 'active' && (
        <Notice kind="info" title={t('share.standing')}>
          <p>
            <Label k="share.standing.auto" />
          </p>
          <Button kind="quiet" icon="sync" busy={task.busy} onClick={renew}>
            <Label k="share.standing.now" />
          </Button>
        </Notice>
      )}
      <p>
        <a class="button quiet" href={href('audit', grant)}>
          <Label k="share.running.log" />
        </a>
      </p>
      {runs && others.length > 1 && (
        <Button kind="danger" icon="stop" busy={task.busy} onClick={() => finish(() => endAll(vault(), recipient))}>
          {count('share.running.endall', others.length)}
        </Button>
      )}
      <TroubleView trouble={task.trouble} />
    </Screen>
  );
}
