/**
 * The page's side of the frame that paints papers: bytes go in, nothing but "shown" comes out. That the frame is a sandbox
 * is said by its page's policy and not by an attribute here: a service worker answers for no frame with that attribute, and
 * papers are to be seen without a network. Whether it is one is looked at before it gets a byte.
 */
import pdfAddress from 'virtual:pdf-viewer';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Busy, Button, Label, Notice } from '../../ui/kit.tsx';
import { readFrame, type ToFrame } from '../../viewer/protocol.ts';

/** Milliseconds until somebody is told that it does not come: a cheap phone takes its time for pdf.js. */
const PATIENCE = 20_000;
const ZOOMS = [1, 1.5, 2.2, 3] as const;

let text: Promise<string> | undefined;

/** Once a tab; the frame runs it only if its digest is the one in the frame's policy. */
function pdfCode(): Promise<string> {
  text ??= fetch(pdfAddress).then(async (answer) => {
    if (answer.ok) return answer.text();
    throw new Error('no-pdf');
  });
  text.catch(() => {
    text = undefined;
  });
  return text;
}

/** While there is a network: what will be needed to look at a PDF without one. */
export function keepForOffline(): void {
  pdfCode().catch(() => undefined);
}

type State = 'starting' | 'shown' | 'failed';

export function Viewer({ blob, media, label }: { blob: Blob; media: string; label: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [state, setState] = useState<State>('starting');
  const [zoom, setZoom] = useState(0);
  const say = (message: ToFrame, transfer: Transferable[] = []) =>
    // An opaque origin has no name: only this very frame gets it.
    frame.current?.contentWindow?.postMessage(message, '*', transfer);
  useEffect(() => {
    let given = false;
    const late = setTimeout(() => setState((now) => (now === 'starting' ? 'failed' : now)), PATIENCE);
    const hear = async (event: MessageEvent) => {
      // 'null': the frame really is of no origin. If the sandbox were missing, no byte would go there.
      if (event.source !== frame.current?.contentWindow || event.origin !== 'null') return;
      const said = readFrame(event.data);
      if (said?.kind === 'ready' && !given) {
        given = true;
        const words = { page: t('papers.page', { n: '{n}' }) };
        try {
          const code = media === 'application/pdf' ? { code: await pdfCode() } : {};
          const bytes = await blob.arrayBuffer();
          say({ kind: 'show', media, bytes, words, ...code }, [bytes]);
        } catch {
          setState('failed');
        }
      }
      if (said?.kind === 'shown') setState('shown');
      if (said?.kind === 'failed') setState('failed');
    };
    addEventListener('message', hear);
    return () => {
      clearTimeout(late);
      removeEventListener('message', hear);
    };
  }, [blob, media]);
  useEffect(() => say({ kind: 'zoom', factor: ZOOMS[zoom] as number }), [zoom]);
  return (
    <div class="viewer">
      {state === 'starting' && <Busy text={t('papers.file.opening')} />}
      {state === 'failed' && (
        <Notice kind="warn">
          <Label k="papers.file.failed" />
        </Notice>
      )}
      <iframe
        ref={frame}
        class={state === 'failed' ? 'off' : ''}
        src="/app/viewer"
        title={label}
        referrerpolicy="no-referrer"
      />
      {state === 'shown' && (
        <div class="row">
          <Button kind="quiet" icon="plus" disabled={zoom === ZOOMS.length - 1} onClick={() => setZoom(zoom + 1)}>
            <Label k="papers.file.larger" />
          </Button>
          <Button kind="quiet" disabled={zoom === 0} onClick={() => setZoom(zoom - 1)}>
            <Label k="papers.file.smaller" />
          </Button>
        </div>
      )}
    </div>
  );
}
