/**
 * For whoever goes by keyboard or screen reader (WCAG 2.2: 2.4.3, 2.4.11). What has the focus may go away, like a button
 * whose place is taken by what it did: reading then goes on at the heading of the screen, not at the top of the page. And
 * what gets the focus is not left under the bars that stay in their place.
 */

import { hush } from './kit/announce.tsx';

/** Stay where they are while the page is scrolled; what has the focus is never under them. */
const ABOVE = '.app-top';
const BELOW = '.screen-foot, .app-nav, .toast';
/** CSS pixels between a bar and the outline of what has the focus. */
const GAP = 8;

const shown = (one: Element | undefined): one is HTMLElement =>
  one instanceof HTMLElement && one.isConnected && one.checkVisibility?.() !== false;

/** Where reading begins: a question in front of everything else, or the screen. */
function heading(): HTMLElement | undefined {
  return [...document.querySelectorAll('dialog[open] .dialog-title, main h1')].find(shown) as HTMLElement | undefined;
}

function intoView(element: Element): void {
  if (element.closest(`${ABOVE}, ${BELOW}, dialog`) !== null || !element.matches(':focus-visible')) return;
  const box = (element.closest('label') ?? element).getBoundingClientRect();
  const edges = (bars: string) => [...document.querySelectorAll(bars)].map((bar) => bar.getBoundingClientRect());
  const top = Math.max(0, ...edges(ABOVE).map((bar) => bar.bottom)) + GAP;
  const bottom = Math.min(innerHeight, ...edges(BELOW).map((bar) => bar.top)) - GAP;
  // Something taller than the space between the bars is shown from its beginning.
  if (box.top < top || box.height > bottom - top) scrollBy(0, box.top - top);
  else if (box.bottom > bottom) scrollBy(0, box.bottom - bottom);
}

/** At the end of a page nothing can be scrolled further: a message that was read by then makes room. */
function uncover(element: Element): void {
  const toast = document.querySelector('.toast');
  if (toast === null || toast.contains(element)) return;
  const [over, box] = [toast, element.closest('label') ?? element].map((one) => one.getBoundingClientRect());
  if (over === undefined || box === undefined) return;
  const apart = box.bottom <= over.top || box.top >= over.bottom || box.right <= over.left || box.left >= over.right;
  if (!apart) hush();
}

/** Milliseconds: a new screen has taken the focus by then, and nobody has pressed a key. */
const LOST_AFTER = 100;

export function keepFocus(): void {
  let last: Element | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('focusin', ({ target }) => {
    last = target as Element;
    // After the browser's own scrolling, which knows nothing of the bars.
    requestAnimationFrame(() => {
      if (document.activeElement !== target) return;
      intoView(target as Element);
      uncover(target as Element);
    });
  });
  const look = () => {
    if (last === null || shown(last) || document.activeElement !== document.body) return;
    const place = heading();
    if (place === undefined) return; // a screen is on its way, and takes the focus itself
    last = null;
    place.focus({ preventScroll: true });
  };
  new MutationObserver(() => {
    if (last === null || shown(last) || document.activeElement !== document.body) return;
    clearTimeout(timer);
    timer = setTimeout(look, LOST_AFTER);
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['hidden'] });
}
