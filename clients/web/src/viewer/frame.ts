/**
 * The frame that paints papers: scripts without an origin, without storage, without a network (the page's policy says so).
 * A paper that attacks its viewer finds nothing here but itself. The one script of its page (scripts/viewer.ts).
 */
import { type OpenPdf, paintPdf, paintPicture } from './paint.ts';
import { type FromFrame, isPainted, type ToFrame } from './protocol.ts';

type Show = Extract<ToFrame, { kind: 'show' }>;
type Policy = { createScript(code: string): string };
type Factory = { createPolicy(name: string, rules: Policy): Policy };
type Frame = { trustedTypes?: Factory; mappePdf?: OpenPdf };
const here = globalThis as unknown as Frame;

// A sheet made by a script needs no leave of the policy and no file.
const style = new CSSStyleSheet();
style.replaceSync(`
  html, body { margin: 0; background: #5b615c; }
  #pages { inline-size: 100%; min-block-size: 100vh; outline-offset: -3px; }
  canvas { display: block; inline-size: calc(100% - 1rem); margin: 0.5rem auto; background: #fff; box-shadow: 0 1px 4px rgb(0 0 0 / 40%); }
`);
document.adoptedStyleSheets = [style];

const main = document.getElementById('pages') as HTMLElement;
// It is scrolled by keyboard.
main.tabIndex = 0;
// Whoever framed this page; what is said holds no secret.
const say = (message: FromFrame) => parent.postMessage(message, '*');

/** The browser compares the text with the digest in the page's policy; any other text does not run. */
const asIs = (code: string) => code;
const policy: Policy = here.trustedTypes?.createPolicy('mappe', { createScript: asIs }) ?? { createScript: asIs };

function openerOf(code: string | undefined): OpenPdf {
  if (here.mappePdf === undefined && code !== undefined) {
    const script = document.createElement('script');
    script.textContent = policy.createScript(code);
    document.head.append(script);
  }
  if (here.mappePdf === undefined) throw new Error('no-pdf');
  return here.mappePdf;
}

async function show({ media, bytes, words, code }: Show): Promise<void> {
  main.replaceChildren();
  try {
    if (!isPainted(media)) throw new Error('not painted');
    const label = (n: number) => words.page.replace('{n}', String(n));
    const pages =
      media === 'application/pdf'
        ? await paintPdf(main, await openerOf(code)(bytes), label)
        : await paintPicture(main, bytes, media, label(1));
    say({ kind: 'shown', pages });
  } catch (error) {
    say({ kind: 'failed', why: error instanceof Error ? error.name : '' });
  }
}

addEventListener('message', (event: MessageEvent<ToFrame>) => {
  if (event.source !== parent) return;
  if (event.data.kind === 'show') void show(event.data);
  if (event.data.kind === 'zoom') main.style.inlineSize = `${event.data.factor * 100}%`;
});
if (parent !== window) say({ kind: 'ready' });
