/** Language, a second one for a helper, covered values, locking by itself, reminders, reading aloud. Each takes effect at once. */
import { useEffect, useState } from 'preact/hooks';
import { count, LANGUAGES, type Language, language, spoken, t } from '../../i18n/index.ts';
import { Choice, Label, Screen, Tick } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import { Trouble, useDeed } from './deed.tsx';
import { type Face, IDLE_CHOICES, REMIND_CHOICES, type Settings, set, settings } from './settings.ts';

const NONE = 'none';

export default function SettingsScreen() {
  const deed = useDeed();
  const now = settings.value;
  const change = (next: Partial<Settings>) => deed.run(() => set(next));
  const tongues = spoken.value.map((tag) => ({
    value: tag,
    label: LANGUAGES[tag].name,
    lang: tag,
    dir: LANGUAGES[tag].dir,
  }));
  return (
    <Screen title={<Label k="more.settings.title" />} back={back}>
      <p class="help">{t('more.settings.here')}</p>
      <Trouble deed={deed} />
      <Choice<Language>
        label={<Label k="more.settings.language" />}
        value={now.language ?? language.value}
        onChange={(tag) => change({ language: tag, ...(tag === now.beside ? { beside: null } : {}) })}
        options={tongues}
        columns
      />
      <Choice<Language | typeof NONE>
        label={<Label k="more.settings.second" />}
        help={t('more.settings.second.help')}
        value={now.beside ?? NONE}
        onChange={(tag) => change({ beside: tag === NONE ? null : tag })}
        options={[
          { value: NONE, label: <Label k="more.settings.second.none" /> },
          ...tongues.filter((one) => one.value !== language.value),
        ]}
        columns
      />
      <Tick
        label={<Label k="more.settings.mask" />}
        note={t('more.settings.mask.help')}
        checked={now.mask}
        onChange={(mask) => change({ mask })}
      />
      <Choice
        label={<Label k="more.settings.idle" />}
        value={String(now.idle)}
        onChange={(minutes) => change({ idle: Number(minutes) })}
        options={IDLE_CHOICES.map((n) => ({ value: String(n), label: count('more.settings.idle.minutes', n) }))}
        columns
      />
      <Choice
        label={<Label k="more.settings.remind" />}
        value={String(now.remind)}
        onChange={(months) => change({ remind: Number(months) })}
        options={REMIND_CHOICES.map((n) => ({ value: String(n), label: count('more.settings.remind.months', n) }))}
        columns
      />
      <Choice<Face>
        label={<Label k="more.settings.face" />}
        value={now.face}
        onChange={(face) => change({ face })}
        options={[
          { value: 'clock', label: <Label k="more.settings.face.clock" />, icon: 'clock' },
          { value: 'blank', label: <Label k="more.settings.face.blank" />, icon: 'paper' },
        ]}
      />
      <Aloud />
    </Screen>
  );
}

/** The button stands beside the texts, and only where the device has a voice: a silent one is worse than none. */
function Aloud() {
  const has = useVoice(language.value);
  return (
    <section>
      <h2>{t('more.settings.aloud')}</h2>
      <p>
        <Label k={has ? 'more.settings.aloud.help' : 'more.settings.aloud.none'} />
      </p>
    </section>
  );
}

function useVoice(tag: Language): boolean {
  const [has, setHas] = useState(false);
  useEffect(() => {
    const speech = window.speechSynthesis;
    if (speech === undefined) return;
    const base = LANGUAGES[tag].plural.split('-')[0];
    // Voices on this device only: another's text is never sent to a maker of voices.
    const look = () =>
      setHas(speech.getVoices().some((voice) => voice.localService && voice.lang.split(/[-_]/)[0] === base));
    look();
    speech.addEventListener('voiceschanged', look);
    return () => speech.removeEventListener('voiceschanged', look);
  }, [tag]);
  return has;
}
