/** How long, how often, with a passcode or without. What is private begins careful: one open and a passcode. */
import { useEffect, useState } from 'preact/hooks';
import { DAY, MAX_LIFE } from '../../grant/grants.ts';
import { warnings } from '../../grant/selection.ts';
import { count, t } from '../../i18n/index.ts';
import { Button, Choice, Label, Screen, TextField, Tick } from '../../ui/kit.tsx';
import { back, go } from '../router.ts';
import { vault } from '../session.ts';
import { EndChoice } from './end.tsx';
import { Gone } from './gone.tsx';
import { give, giving } from './state.ts';
import { useTask } from './task.tsx';
import './share.css';

const ENDS = [1 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];
const OPENS = [1, 3, 10, 100];
const PURPOSE_LENGTH = 200;
/** What the recipient reads is German: the usual answers, so that nobody has to write it. */
export const PURPOSES = {
  home: 'Wohnung',
  work: 'Arbeit',
  school: 'Schule, Kurs oder Kita',
  bank: 'Bank',
  health: 'Arzt oder Krankenkasse',
  office: 'Amt',
} as const;
type Usual = keyof typeof PURPOSES | 'own';
const USUAL = [...(Object.keys(PURPOSES) as (keyof typeof PURPOSES)[]), 'own'] as const;

export default function GiveEnd() {
  const task = useTask();
  const now = giving.value;
  const [usual, setUsual] = useState<Usual | null>(
    () => USUAL.find((one) => one !== 'own' && PURPOSES[one] === giving.value?.purpose) ?? null,
  );
  useEffect(() => {
    if (now === null || now.here || now.passcode !== null) return;
    void task.run(async () => {
      const found = await warnings(vault(), now.picks, new Date().toISOString().slice(0, 10));
      const careful = found.some((one) => one.kind === 'sensitive' || one.kind === 'scan-shows');
      give({ passcode: careful || now.picks.some((pick) => pick.file !== null) });
    });
  }, []);
  if (now === null || now.picks.length === 0) return <Gone to="give" />;
  const link = now.office === null && !now.here;
  const given = now.template !== null || (now.office !== null && now.purpose !== '' && usual === null);
  const choose = (value: Usual) => {
    setUsual(value);
    give({ purpose: value === 'own' ? '' : PURPOSES[value], prepared: null });
  };
  return (
    <Screen
      title={<Label k={now.here ? 'share.here.why' : 'share.end.title'} />}
      back={back}
      foot={
        <Button disabled={now.purpose.trim() === ''} onClick={() => go('give-preview')}>
          <Label k="share.end.next" />
        </Button>
      }
    >
      {!given && (
        <>
          <Choice
            label={<Label k="share.purpose" />}
            value={usual}
            options={USUAL.map((one) => ({ value: one, label: t(`share.purpose.${one}`) }))}
            onChange={choose}
          />
          {usual === 'own' && (
            <TextField
              label={<Label k="share.purpose.write" />}
              help={<Label k="share.purpose.help" />}
              value={now.purpose}
              maxLength={PURPOSE_LENGTH}
              onInput={(purpose) => give({ purpose, prepared: null })}
            />
          )}
        </>
      )}
      {!now.here && (
        <EndChoice
          ends={[...new Set([...ENDS, now.life])].filter((one) => one <= MAX_LIFE).sort((a, b) => a - b)}
          value={now.life}
          onChange={(life) => give({ life, prepared: null })}
        />
      )}
      {link && (
        <>
          <Choice
            label={<Label k="share.opens" />}
            value={String(now.opens)}
            options={OPENS.map((n) => ({ value: String(n), label: count('share.times', n) }))}
            onChange={(n) => give({ opens: Number(n), prepared: null })}
          />
          <Tick
            label={<Label k="share.passcode" />}
            note={<Label k="share.passcode.note" />}
            checked={now.passcode === true}
            onChange={(passcode) => give({ passcode, prepared: null })}
          />
        </>
      )}
      {now.here ? (
        <p>
          <Label k="share.here.once" />
        </p>
      ) : (
        <Tick
          label={<Label k="share.standing" />}
          note={<Label k="share.standing.note" />}
          checked={now.standing}
          onChange={(standing) => give({ standing, prepared: null })}
        />
      )}
    </Screen>
  );
}
