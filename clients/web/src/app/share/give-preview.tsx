/** Exactly what they will see; then the release, and the code. */
import { useEffect, useState } from 'preact/hooks';
import { sendNotice } from '../../grant/answering.ts';
import { conditions, newPasscode, prepare, release, toAgency, toAnybody } from '../../grant/grants.ts';
import { type Warning, warnings } from '../../grant/selection.ts';
import { consentText } from '../../grant/texts.ts';
import { count, language, t } from '../../i18n/index.ts';
import { madeAnew } from '../../store/moving.ts';
import { Busy, Button, Foreign, Label, Notice, Screen, toast } from '../../ui/kit.tsx';
import { back, replace } from '../router.ts';
import { noted, syncNow, vault } from '../session.ts';
import { FromWhich } from '../whose.tsx';
import { dayOf } from './end.tsx';
import { Gone } from './gone.tsx';
import { languageFor } from './language.ts';
import { type Both, LegalView } from './legal.tsx';
import { slotNamed } from './names.ts';
import { SlotsView } from './shown.tsx';
import { type Giving, give, giving } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import { Warnings } from './warnings.tsx';
import './share.css';

async function build(now: Giving): Promise<void> {
  const server = vault().server;
  const text = await languageFor(now.basis, language.value, consentText);
  const to = now.office === null ? toAnybody(now.name.trim()) : toAgency(now.office, server.now());
  const prepared = await prepare(
    vault(),
    to,
    now.picks,
    conditions(now.purpose.trim(), {
      ...{ basis: now.basis, retention: now.retention, language: text, life: now.life, standing: now.standing },
      opens: now.office === null ? Math.max(1, now.opens) : 0,
      passcode: now.office === null && now.passcode === true ? newPasscode() : null,
    }),
  );
  give({ prepared, language: text });
}

export default function GivePreview() {
  const task = useTask();
  const now = giving.value;
  const prepared = now?.prepared ?? null;
  const [text, setText] = useState<Both | null>(null);
  const [warned, setWarned] = useState<readonly Warning[]>([]);
  const load = () =>
    task.run(async () => {
      if (now === null) return;
      if (now.prepared === null) await build(now);
      const made = giving.value;
      if (made === null) return;
      setText(await consentText(made.basis, made.language));
      setWarned(await warnings(vault(), made.picks, new Date().toISOString().slice(0, 10)));
    });
  useEffect(() => {
    void load();
  }, []);
  if (now === null) return <Gone to="give" />;
  const publish = () =>
    task.run(async () => {
      if (prepared === null) return;
      await release(vault(), prepared);
      if (now.anew !== null) await madeAnew(vault(), now.anew);
      // From here on the share exists: what fails now is told, and does not undo it.
      if (now.office !== null) {
        try {
          await sendNotice(vault(), prepared);
        } catch (error) {
          if (noted(error) !== null) toast(t('share.code.nonotice'));
        }
      }
      giving.value = null;
      replace('code', prepared.grant);
      void syncNow();
    });
  return (
    <Screen
      title={<Label k="share.preview.title" />}
      back={back}
      foot={
        <>
          <Button icon="check" busy={task.busy} disabled={prepared === null || text === null} onClick={publish}>
            <Label k="share.preview.show" />
          </Button>
          <Button kind="quiet" icon="close" onClick={() => replace('share')}>
            <Label k="share.no" />
          </Button>
        </>
      }
    >
      {prepared === null || text === null ? (
        task.trouble === null && <Busy text={t('shell.busy')} />
      ) : (
        <>
          <FromWhich />
          <p>
            <Label k="share.preview.who" /> <Foreign text={prepared.to.name || t('share.anybody')} />
          </p>
          <p class="lead">
            <Foreign text={now.purpose} />
          </p>
          <Warnings warnings={warned} />
          <SlotsView slots={prepared.slots} />
          <ul class="plain-list">
            <li>
              <Label k="share.until.day" fill={{ day: dayOf(prepared.exp) }} />
            </li>
            {prepared.conditions.opens > 0 && <li>{count('share.opens.max', prepared.conditions.opens)}</li>}
            {prepared.conditions.passcode !== null && (
              <li>
                <Label k="share.passcode" />
              </li>
            )}
            {prepared.conditions.standing && (
              <li>
                <Label k="share.standing" />
              </li>
            )}
          </ul>
          {now.language === 'de' && language.value !== 'de' && (
            <Notice kind="warn">
              <Label k="share.legal.onlygerman" />
            </Notice>
          )}
          <LegalView
            until={prepared.exp}
            retention={prepared.conditions.retention}
            text={text}
            fill={{
              recipient: prepared.to.name || t('share.anybody'),
              // A link has no address; the word is the same in every language.
              address: prepared.to.address ?? 'Link',
              purpose: now.purpose,
              on_no: t('share.give.onno'),
            }}
            fields={prepared.slots.map((slot) => slotNamed(slot.name).field)}
          />
        </>
      )}
      <TroubleView trouble={task.trouble}>
        {prepared === null && (
          <Button kind="quiet" icon="sync" onClick={load}>
            <Label k="shell.again" />
          </Button>
        )}
      </TroubleView>
    </Screen>
  );
}
