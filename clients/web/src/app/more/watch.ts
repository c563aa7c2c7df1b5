/**
 * Looks for news about the locks soon after the wallet was opened, and now and then while it stays open. The whole log is
 * read and verified for it, so it waits until the first screen has settled.
 */
import { effect } from '@preact/signals';
import { noted, online, wallet } from '../session.ts';
import { checkNews } from './news.ts';

/** Milliseconds: after the first screen of a slow phone; then often enough to catch a stranger within the visit. */
const FIRST = 4_000;
const AGAIN = 10 * 60_000;

export function startWatching(): void {
  effect(() => {
    const open = wallet.value;
    if (open === null) return;
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      if (wallet.peek() === open && online.peek() && !document.hidden) {
        try {
          await checkNews(open);
        } catch (error) {
          // A log that does not verify is the alarm; everything else is tried again.
          if (wallet.peek() === open) noted(error);
        }
      }
      if (wallet.peek() === open) timer = setTimeout(look, AGAIN);
    };
    timer = setTimeout(look, FIRST);
    return () => clearTimeout(timer);
  });
}
