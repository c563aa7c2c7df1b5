/** Exactly what they will see, and the words that the person agrees to or is told. Only here something is released. */
import { useEffect, useState } from 'preact/hooks';
import { answer } from '../../grant/answering.ts';
import { end } from '../../grant/grants.ts';
import { type Warning, warnings } from '../../grant/selection.ts';
import { consentText } from '../../grant/texts.ts';
import { t } from '../../i18n/index.ts';
import { Busy, Button, Foreign, Label, Notice, Screen } from '../../ui/kit.tsx';
import { back, replace } from '../router.ts';
import { codeOf, syncNow, vault } from '../session.ts';
import { FromWhich } from '../whose.tsx';
import { Conditions, Recipient } from './essentials.tsx';
import { Gone } from './gone.tsx';
import { type Both, LegalView } from './legal.tsx';
import { slotNamed } from './names.ts';
import { No } from './no.tsx';
import { Purpose } from './purpose.tsx';
import { SlotsView } from './shown.tsx';
import { answering, done, incoming } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import { Warnings } from './warnings.tsx';
import './share.css';

/** The request takes no answer any more: the office will never learn of the grant, so that it must not run. */
const OVER: ReadonlySet<string> = new Set(['request-expired', 'request-answered', 'request-full', 'not-found']);

function undone(grant: string): (error: unknown) => Promise<never> {
  return async (error) => {
    if (OVER.has(codeOf(error))) await end(vault(), [grant]);
    throw error;
  };
}

export default function RequestPreview() {
  const task = useTask();
  const now = answering.value;
  const prepared = now?.prepared ?? null;
  const [text, setText] = useState<Both | null>(null);
  const [warned, setWarned] = useState<readonly Warning[]>([]);
  useEffect(() => {
    if (now === null || prepared === null) return;
    const today = new Date().toISOString().slice(0, 10);
    void task.run(async () => {
      setText(await consentText(now.asked.request.basis, now.language));
      setWarned(await warnings(vault(), prepared.picks, today));
    });
  }, [prepared]);
  if (now === null || prepared === null) return <Gone />;
  const { agency, request } = now.asked;
  const release = () =>
    task.run(async () => {
      const answered = await answer(vault(), now.asked, prepared).catch(undone(prepared.grant));
      done.value = { ...answered, name: agency.name };
      answering.value = null;
      incoming.value = null;
      replace('answered');
      void syncNow();
    });
  const task_ = request.basis === 'public-task';
  return (
    <Screen
      title={<Label k="share.preview.title" />}
      back={back}
      foot={
        <div class="yes-no">
          <Button icon="check" busy={task.busy} disabled={text === null} onClick={release}>
            <Label k={task_ ? 'share.preview.show' : 'share.preview.yes'} />
          </Button>
          <No />
        </div>
      }
    >
      <div class="exactly">
        <FromWhich />
        <Recipient of={prepared} />
        <SlotsView slots={prepared.slots} />
        <Warnings warnings={warned} />
        <Conditions
          of={prepared}
          purpose={<Purpose asked={now.asked} />}
          onNo={
            <>
              <Foreign text={request.on_no} lang="de" />
              <p>
                <Label k="share.why.no.trace" />
              </p>
            </>
          }
        />
      </div>
      {now.language === 'de' && document.documentElement.lang !== 'de' && (
        <Notice kind="warn">
          <Label k="share.legal.onlygerman" />
        </Notice>
      )}
      {text === null ? (
        <Busy text={t('shell.busy')} />
      ) : (
        <LegalView
          until={prepared.exp}
          retention={request.retention}
          text={text}
          fill={{
            recipient: agency.name,
            address: agency.address,
            purpose: request.purpose.text,
            on_no: request.on_no,
          }}
          fields={prepared.slots.map((slot) => slotNamed(slot.name).field)}
        />
      )}
      <TroubleView trouble={task.trouble} />
    </Screen>
  );
}
