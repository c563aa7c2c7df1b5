/** Which of the asked fields: nothing is ticked, what is missing is said, and which paper answers is the person's choice. */
import { type Match, match, prepare } from '../../grant/answering.ts';
import { DAY } from '../../grant/grants.ts';
import type { Pick } from '../../grant/selection.ts';
import { consentText } from '../../grant/texts.ts';
import { count, language, t } from '../../i18n/index.ts';
import { Button, Choice, Foreign, Icon, Label, Notice, Screen, Tick } from '../../ui/kit.tsx';
import { back, go } from '../router.ts';
import { vault } from '../session.ts';
import { EndChoice } from './end.tsx';
import { Gone } from './gone.tsx';
import { languageFor } from './language.ts';
import { slotNamed, typeNamed } from './names.ts';
import { No } from './no.tsx';
import { PersonChoice } from './person.tsx';
import { papersOf, pickKey, pickValue, titleOf } from './picks.ts';
import { answering, change } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import './share.css';

/** Days that an answer may run; the shortest stands first. */
const ENDS = [1 * DAY, 14 * DAY, 90 * DAY] as const;

export default function RequestFields() {
  const task = useTask();
  const now = answering.value;
  if (now === null) return <Gone />;
  const { asked, matches, picked } = now;
  const mine = matches.filter((one) => one.allowed).map((one) => ({ ...one, picks: papersOf(one.picks, now.person) }));
  const required = mine.filter((one) => one.required);
  const optional = mine.filter((one) => !one.required);
  const left = required.filter((one) => !picked.has(one.name));
  const set = (name: string, pick: Pick | null) => {
    const next = new Map(picked);
    if (pick === null) next.delete(name);
    else next.set(name, pick);
    change({ picked: next, prepared: null });
  };
  const preview = () =>
    task.run(async () => {
      // In the order in which the office asked.
      const picks = mine.flatMap((one) => picked.get(one.name) ?? []);
      const text = await languageFor(asked.request.basis, language.value, consentText);
      const options = { life: now.life, language: text, standing: now.standing };
      change({ prepared: await prepare(vault(), asked, picks, options), language: text });
      go('request-preview');
    });
  const whose = (person: string | null) =>
    task.run(async () => {
      const found = await match(vault(), asked, person ?? undefined);
      change({ person, matches: found, picked: new Map(), prepared: null });
    });
  return (
    <Screen
      title={<Label k="share.fields.title" />}
      back={back}
      foot={
        <>
          <Button busy={task.busy} disabled={picked.size === 0} onClick={preview}>
            {picked.size === 0 ? t('share.fields.none') : count('share.fields.look', picked.size)}
          </Button>
          <No />
        </>
      }
    >
      <p>
        <Label k="share.fields.how" />
      </p>
      <PersonChoice value={now.person} onChange={whose} />
      {asked.overAsking.length > 0 && (
        <Notice kind="alarm" title={t('share.over.title')}>
          <ul>
            {asked.overAsking.map((name) => (
              <li key={name}>
                <Foreign text={slotNamed(name).field} />
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {required.length > 0 && (
        <h2>
          <Label k="share.fields.required" />
        </h2>
      )}
      {required.map((one) => (
        <FieldRow key={one.name} match={one} pick={picked.get(one.name) ?? null} onPick={set} />
      ))}
      {optional.length > 0 && (
        <h2>
          <Label k="share.fields.optional" />
        </h2>
      )}
      {optional.map((one) => (
        <FieldRow key={one.name} match={one} pick={picked.get(one.name) ?? null} onPick={set} />
      ))}
      {picked.size > 0 && left.length > 0 && (
        <Notice kind="info" title={count('share.fields.left', left.length)}>
          <p>
            <Label k="share.fields.left.text" />
          </p>
        </Notice>
      )}
      <EndChoice ends={ENDS} value={now.life} onChange={(life) => change({ life, prepared: null })} />
      <Tick
        label={<Label k="share.standing" />}
        note={<Label k="share.standing.note" />}
        checked={now.standing}
        onChange={(standing) => change({ standing, prepared: null })}
      />
      <TroubleView trouble={task.trouble} />
    </Screen>
  );
}

type RowProps = {
  readonly match: Match;
  readonly pick: Pick | null;
  readonly onPick: (name: string, pick: Pick | null) => void;
};

function FieldRow({ match: one, pick, onPick }: RowProps) {
  const { field } = slotNamed(one.name);
  const type = one.name.split('.')[0] as string;
  if (one.picks.length === 0) {
    return (
      <section class="asked-field missing">
        <p>
          <Icon name="info" />
          <span>
            <strong>
              <Foreign text={field} />
            </strong>
            <br />
            <Label k="share.fields.missing" fill={{ paper: typeNamed(type) }} />
          </span>
        </p>
        <Button kind="quiet" icon="plus" onClick={() => go('paper-add')}>
          <Label k="share.fields.add" />
        </Button>
        <p class="help">
          <Label k="share.fields.missing.ok" />
        </p>
      </section>
    );
  }
  const first = one.picks[0] as Pick;
  return (
    <section class="asked-field">
      <Tick
        label={<Foreign text={field} />}
        note={<Foreign text={pickValue(vault(), pick ?? first)} />}
        checked={pick !== null}
        onChange={(on) => onPick(one.name, on ? first : null)}
      />
      {pick !== null && one.picks.length > 1 && (
        <Choice
          label={<Label k="share.fields.which" />}
          value={pickKey(pick)}
          options={one.picks.map((each) => ({
            value: pickKey(each),
            label: <Foreign text={titleOf(vault(), each.document)} />,
            note: <Foreign text={pickValue(vault(), each)} />,
          }))}
          onChange={(key) => onPick(one.name, one.picks.find((each) => pickKey(each) === key) ?? first)}
        />
      )}
    </section>
  );
}
