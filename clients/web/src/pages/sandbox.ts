/**
 * The frame that paints papers: scripts without an origin, without storage, without a network (the page's policy says so).
 * A paper that attacks its viewer finds nothing here but itself.
 */
import { paintPdf, paintPicture } from '../viewer/paint.ts';
import { type FromFrame, isPainted, type ToFrame } from '../viewer/protocol.ts';
import '../viewer/sandbox.css';

const main = document.getElementById('pages') as HTMLElement;
// It is scrolled by keyboard.
main.tabIndex = 0;
// Whoever framed this page; what is said holds no secret.
const say = (message: FromFrame) => parent.postMessage(message, '*');

async function show({ media, bytes, words }: Extract<ToFrame, { kind: 'show' }>): Promise<void> {
  main.replaceChildren();
  try {
    if (!isPainted(media)) throw new Error('not painted');
    const label = (n: number) => words.page.replace('{n}', String(n));
    const { pages } =
      media === 'application/pdf'
        ? await paintPdf(main, bytes, label)
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
