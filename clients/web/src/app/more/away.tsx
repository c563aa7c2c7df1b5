/**
 * Leave at home: chosen papers leave this device until a day. What it protects against, and what it does not, stands
 * before the choice.
 */
import { useState } from 'preact/hooks';
import { named } from '../../i18n/fields.ts';
import { count, t } from '../../i18n/index.ts';
import { papers } from '../../store/papers.ts';
import { Button, DateField, Empty, Foreign, Label, Notice, Screen, Tick, toast } from '../../ui/kit.tsx';
import { back, useUnsaved } from '../router.ts';
import { wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { dayOf } from './words.ts';

/** The morning of that day on this device: a person means the day, not an hour. */
export function morningOf(day: string): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return Math.floor(new Date(year, month - 1, date).getTime() / 1000);
}

const WHOLE_DAY = /^\d{4}-\d{2}-\d{2}$/;

export default function AwayScreen() {
  const deed = useDeed();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [day, setDay] = useState<string | null>('');
  const [problem, setProblem] = useState<string | null>(null);
  useUnsaved(() => chosen.size > 0 && !deed.busy);
  const open = wallet.value;
  if (open === null) return null;
  const { vault } = open;
  void vault.changed.value;
  const { away } = vault;
  const here = papers(vault);
  const flip = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const leave = () => {
    if (chosen.size === 0 || day === null || !WHOLE_DAY.test(day)) return setProblem(t('more.away.pick'));
    const until = morningOf(day);
    if (until <= Date.now() / 1000) return setProblem(t('more.away.past'));
    setProblem(null);
    deed.run(async () => {
      const gone = await vault.away.leave([...chosen], until);
      setChosen(new Set());
      if (gone < chosen.size) setProblem(t('more.away.offline'));
      else toast(t('more.away.done'));
    });
  };
  return (
    <Screen
      title={<Label k="more.away.title" />}
      back={back}
      foot={
        here.length > 0 && (
          <Button icon="home" busy={deed.busy} onClick={leave}>
            <Label k="more.away.go" />
          </Button>
        )
      }
    >
      {away.until !== null && (
        <Notice kind="info" title={t('more.away.now')}>
          <p>{count('more.away.count', away.ids.size, { date: dayOf(away.until) })}</p>
          <p>{t('more.away.early')}</p>
        </Notice>
      )}
      <p>
        <Label k="more.away.what" />
      </p>
      <Notice kind="warn">
        <Label k="more.away.honest" />
      </Notice>
      <Trouble deed={deed} />
      {problem !== null && <Notice kind="warn">{problem}</Notice>}
      {here.length === 0 ? (
        <Empty icon="papers" text={t('more.away.none')} />
      ) : (
        <>
          <fieldset class="field-box">
            <legend>
              <Label k="more.away.which" />
            </legend>
            <div class="choices">
              {here.map((one) => (
                <Tick
                  key={one.id}
                  label={<Foreign text={String(one.payload.title ?? '')} />}
                  note={named(String(one.payload.type ?? '')).paper}
                  checked={chosen.has(one.id)}
                  onChange={(on) => flip(one.id, on)}
                />
              ))}
            </div>
          </fieldset>
          <DateField label={<Label k="more.away.until" />} value={day ?? ''} onInput={setDay} />
        </>
      )}
    </Screen>
  );
}
