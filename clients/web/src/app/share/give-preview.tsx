/** Exactly what they will see; then the release, and the code. */
import { useEffect, useState } from 'preact/hooks';
import { sendNotice } from '../../grant/answering.ts';
import { DESK_LIFE, DESK_NAME, giveAtDesk, type Meeting } from '../../grant/desk.ts';
import { conditions, newPasscode, type Prepared, prepare, release, toAgency, toAnybody } from '../../grant/grants.ts';
import { type Warning, warnings } from '../../grant/selection.ts';
import { consentText } from '../../grant/texts.ts';
import { language, t } from '../../i18n/index.ts';
import { madeAnew } from '../../store/moving.ts';
import { Busy, Button, Foreign, Label, Notice, Screen, toast } from '../../ui/kit.tsx';
import { back, replace } from '../router.ts';
import { noted, syncNow, vault } from '../session.ts';
import { FromWhich } from '../whose.tsx';
import { Conditions, Recipient } from './essentials.tsx';
import { Gone } from './gone.tsx';
import { languageFor } from './language.ts';
import { type Both, LegalView } from './legal.tsx';
import { slotNamed } from './names.ts';
import { SlotsView } from './shown.tsx';
import { type Giving, give, giving, lost } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import { Warnings } from './warnings.tsx';
import './share.css';

async function build(now: Giving): Promise<void> {
  const server = vault().server;
  const text = await languageFor(now.basis, language.value, consentText);
  const name = now.name.trim();
  const nobody = toAnybody(now.here && name === '' ? DESK_NAME : name);
  const to = now.office === null ? nobody : toAgency(now.office, server.now());
  const desk = { life: DESK_LIFE, standing: false, opens: 1, passcode: null };
  const prepared = await prepare(
    vault(),
    to,
    now.picks,
    conditions(now.purpose.trim(), {
      ...{ basis: now.basis, retention: now.retention, language: text, life: now.life, standing: now.standing },
      opens: now.office === null ? Math.max(1, now.opens) : 0,
      passcode: now.office === null && now.passcode === true ? newPasscode() : null,
      ...(now.here ? desk : {}),
    }),
    now.meeting?.secret,
  );
  give({ prepared, language: text });
}

/**
 * What was chosen stays; the comparison was for this one page. A page that is gone is begun anew, by both.
 */
async function hand(meeting: Meeting, prepared: Prepared): Promise<void> {
  try {
    await giveAtDesk(vault(), meeting, prepared);
  } catch (error) {
    give({ meeting: null, prepared: null });
    const code = noted(error);
    if (code === null) return;
    lost.value = code;
    return replace('give-desk');
  }
  giving.value = null;
  replace('handed', prepared.grant);
  void syncNow();
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
  if (now === null || (now.here && now.meeting === null)) return <Gone to="give" />;
  const publish = () =>
    task.run(async () => {
      if (prepared === null) return;
      if (now.meeting !== null) {
        await hand(now.meeting, prepared);
        return;
      }
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
        <div class="yes-no">
          <Button icon="check" busy={task.busy} disabled={prepared === null || text === null} onClick={publish}>
            <Label k={now.here ? 'share.here.give' : 'share.preview.show'} />
          </Button>
          <Button kind="quiet" icon="close" onClick={() => replace('share')}>
            <Label k="unlock.first.no" />
          </Button>
        </div>
      }
    >
      {prepared === null || text === null ? (
        task.trouble === null && <Busy text={t('shell.busy')} />
      ) : (
        <div class="exactly">
          <FromWhich />
          <Recipient of={prepared} />
          <SlotsView slots={prepared.slots} />
          <Warnings warnings={warned} />
          <Conditions
            of={prepared}
            purpose={<Foreign text={now.purpose} />}
            onNo={now.office === null ? null : <Label k="share.give.onno" />}
          />
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
              address: prepared.to.address ?? (now.here ? 'Schalter' : 'Link'),
              purpose: now.purpose,
              on_no: t('share.give.onno'),
            }}
            fields={prepared.slots.map((slot) => slotNamed(slot.name).field)}
          />
        </div>
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
