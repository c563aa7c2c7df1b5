/**
 * Reads a code by the camera; without one, from a picture or a pasted link. Nothing that is read is opened here: the
 * screen decides what the text is.
 */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { Button, Notice } from '../ui/kit.tsx';
import { Camera, type CameraTrouble } from './camera.ts';
import { FileButton } from './file.tsx';
import { codesOf } from './picture.ts';
import { loadReader } from './reader.ts';
import './scanner.css';

type ScannerProps = {
  /** true: this is what was looked for, and the camera is closed. false: look on. */
  readonly onText: (text: string) => boolean;
};

type State = 'starting' | 'looking' | CameraTrouble | 'no-reader' | 'off';

export function Scanner({ onText }: ScannerProps) {
  const video = useRef<HTMLVideoElement>(null);
  const camera = useRef<Camera | null>(null);
  const take = useRef(onText);
  take.current = onText;
  const [state, setState] = useState<State>('starting');
  const [turn, setTurn] = useState(0);
  const [lit, setLit] = useState(false);

  useEffect(() => {
    let gone = false;
    const close = () => {
      camera.current?.close();
      camera.current = null;
    };
    const start = async () => {
      // The reader first: who is asked for the camera sees at once that it works.
      const read = await loadReader().catch(() => null);
      if (gone) return;
      if (read === null) return setState('no-reader');
      const opened = await Camera.open(video.current as HTMLVideoElement);
      if (gone) {
        if (opened instanceof Camera) opened.close();
        return;
      }
      if (!(opened instanceof Camera)) return setState(opened);
      camera.current = opened;
      setState('looking');
      await opened.watch(read, (text) => {
        const wanted = take.current(text);
        if (wanted) close();
        return wanted;
      });
    };
    setState('starting');
    void start();
    // An app in the background must not keep the camera; iOS takes it away then, and gives a black picture back.
    const hidden = () => {
      if (document.hidden) {
        close();
        setState('off');
      }
    };
    document.addEventListener('visibilitychange', hidden);
    return () => {
      gone = true;
      document.removeEventListener('visibilitychange', hidden);
      close();
    };
  }, [turn]);

  const again = () => setTurn((n) => n + 1);
  const light = async () => {
    await camera.current?.light(!lit);
    setLit(!lit);
  };
  return (
    <div class="scanner">
      <div class={state === 'looking' || state === 'starting' ? 'scanner-view' : 'scanner-view scanner-none'}>
        <video ref={video} muted playsInline aria-label={t('share.scan.camera')} />
        <span class="scanner-frame" aria-hidden="true" />
      </div>
      <p role="status">
        {state === 'starting' && t('share.scan.starting')}
        {state === 'looking' && t('share.scan.looking')}
      </p>
      {state === 'refused' && <Notice kind="info">{t('share.scan.refused')}</Notice>}
      {state === 'none' && <Notice kind="info">{t('share.scan.none')}</Notice>}
      {state === 'no-reader' && <Notice kind="warn">{t('share.scan.noreader')}</Notice>}
      {state !== 'looking' && state !== 'starting' && (
        <Button kind="quiet" icon="camera" onClick={again}>
          {t('share.scan.again')}
        </Button>
      )}
      {state === 'looking' && camera.current?.lamp === true && (
        <Button kind="quiet" onClick={light}>
          {t(lit ? 'share.scan.dark' : 'share.scan.light')}
        </Button>
      )}
      <Other onText={onText} />
    </div>
  );
}

/** Without a camera: a picture of the code, or the link behind it. */
function Other({ onText }: ScannerProps) {
  const id = useId();
  const [link, setLink] = useState('');
  const [trouble, setTrouble] = useState<'picture' | 'none' | 'link' | null>(null);
  const [busy, setBusy] = useState(false);

  const pick = async (file: File) => {
    setBusy(true);
    setTrouble(null);
    try {
      const texts = await codesOf(file);
      if (texts.length === 0) setTrouble('none');
      else if (!texts.some(onText)) setTrouble('link');
    } catch {
      setTrouble('picture');
    } finally {
      setBusy(false);
    }
  };
  const paste = (event: Event) => {
    event.preventDefault();
    setTrouble(onText(link) ? null : 'link');
  };
  return (
    <>
      <div class="wide-buttons">
        <FileButton icon="picture" label={t('share.scan.picture')} accept="image/*" busy={busy} onFile={pick} />
      </div>
      <form class="scanner-paste" onSubmit={paste}>
        <div class="field-box">
          <label for={`${id}-link`}>{t('share.scan.paste')}</label>
          <input
            id={`${id}-link`}
            type="url"
            dir="ltr"
            autocomplete="off"
            spellcheck={false}
            value={link}
            aria-invalid={trouble === 'link'}
            onInput={(event) => setLink(event.currentTarget.value)}
          />
        </div>
        <Button type="submit" kind="quiet" icon="link" disabled={link.trim() === ''}>
          {t('share.scan.open')}
        </Button>
      </form>
      <div role="alert">{trouble !== null && <Notice kind="info">{t(`share.scan.trouble.${trouble}`)}</Notice>}</div>
    </>
  );
}
