/**
 * What the person agrees to, or is told, word for word: in their language beside the German one, one tap below the lines
 * that say the same in short (essentials.tsx, ADR 0026); read aloud without that tap, where the device can.
 */
import { useEffect, useState } from 'preact/hooks';
import { type Block, blocks, type LegalText } from '../../grant/texts.ts';
import { duration, LANGUAGES, type Language, locale, t } from '../../i18n/index.ts';
import { Badge, Button, Label, More } from '../../ui/kit.tsx';
import { dayOf } from './end.tsx';

export type Fill = Readonly<Record<string, string>>;
type LegalProps = {
  readonly text: Both;
  /** Without `until` and `retention`: these are written in the language of each text. */
  readonly fill: Fill;
  readonly fields: readonly string[];
  readonly until: number;
  readonly retention: string;
};
export type Both = LegalText & { readonly german: LegalText | null };

const dirOf = (language: string) => LANGUAGES[language as Language]?.dir ?? 'ltr';

function Blocks({ text, fill, fields }: { text: LegalText; fill: Fill; fields: readonly string[] }) {
  return (
    <div lang={text.language} dir={dirOf(text.language)} class="legal-text">
      {blocks(text, fill).map((block, at) => (
        <BlockView key={at} block={block} fields={fields} />
      ))}
    </div>
  );
}

function BlockView({ block, fields }: { block: Block; fields: readonly string[] }) {
  if (block.kind === 'fields') {
    return (
      <ul>
        {fields.map((name) => (
          <li key={name}>
            <bdi>{name}</bdi>
          </li>
        ))}
      </ul>
    );
  }
  const inside = block.parts.map(({ text, strong }, at) =>
    strong ? <strong key={at}>{text}</strong> : <span key={at}>{text}</span>,
  );
  return block.kind === 'heading' ? <h3>{inside}</h3> : <p>{inside}</p>;
}

export function LegalView({ text, fill: given, fields, until, retention }: LegalProps) {
  const filled = (language: string): Fill => {
    const tag = locale(language);
    return { ...given, until: dayOf(until, tag), retention: duration(retention, tag) };
  };
  const fill = filled(text.language);
  const spoken = blocks(text, fill)
    .map((block) => (block.kind === 'fields' ? fields.join('. ') : block.parts.map((part) => part.text).join('')))
    .join('\n');
  return (
    <section class="legal" aria-label={t('share.legal')}>
      <ReadAloud text={spoken} language={text.language} />
      <More icon="letter" label={<Label k="share.legal.whole" />}>
        {text.state === 'drafted' && (
          <Badge tone="warn">
            <Label k="share.legal.drafted" />
          </Badge>
        )}
        <div class="beside">
          <Blocks text={text} fill={fill} fields={fields} />
          {text.german !== null && (
            <div class="legal-german">
              <p class="help">
                <Label k="share.legal.german" />
              </p>
              <Blocks text={text.german} fill={filled('de')} fields={fields} />
            </div>
          )}
        </div>
      </More>
    </section>
  );
}

/** The voice of this device for a language; null where it has none: then there is no button. */
function useVoice(language: string): SpeechSynthesisVoice | null {
  const [voice, setVoice] = useState<SpeechSynthesisVoice | null>(null);
  useEffect(() => {
    const speech = globalThis.speechSynthesis as SpeechSynthesis | undefined;
    if (speech === undefined) return;
    const wanted = language.split('-')[0] as string;
    const look = () => {
      // A voice that speaks through somebody's network would send them the text.
      const own = speech.getVoices().filter((one) => one.localService);
      setVoice(own.find((one) => one.lang.toLowerCase().split(/[-_]/)[0] === wanted) ?? null);
    };
    look();
    speech.addEventListener?.('voiceschanged', look);
    return () => speech.removeEventListener?.('voiceschanged', look);
  }, [language]);
  return voice;
}

export function ReadAloud({ text, language }: { text: string; language: string }) {
  const voice = useVoice(language);
  const [speaking, setSpeaking] = useState(false);
  useEffect(() => () => globalThis.speechSynthesis?.cancel(), []);
  if (voice === null) return null;
  const tap = () => {
    speechSynthesis.cancel();
    if (speaking) return setSpeaking(false);
    const said = new SpeechSynthesisUtterance(text);
    said.voice = voice;
    said.lang = voice.lang;
    said.rate = 0.9;
    said.onend = () => setSpeaking(false);
    said.onerror = () => setSpeaking(false);
    speechSynthesis.speak(said);
    setSpeaking(true);
  };
  return (
    <Button kind="quiet" icon="speaker" onClick={tap}>
      <Label k={speaking ? 'share.legal.hush' : 'share.legal.aloud'} />
    </Button>
  );
}
