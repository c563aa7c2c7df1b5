/**
 * Looks for news about the locks once the opened wallet has heard from its server, and now and then while it stays open.
 * The whole log is read and verified for it, so not at every sync.
 */
import { useEffect } from 'preact/hooks';
import type { Wallet } from '../../unlock/wallet.ts';
import { heard, noted, online, wallet } from '../session.ts';
import { checkNews } from './news.ts';

/** Milliseconds: often enough to catch a stranger within the visit. */
const AGAIN = 10 * 60_000;

export function useWatch(of: Wallet): void {
  const ready = heard.value !== null;
  useEffect(() => {
    if (!ready) return;
    const look = async () => {
      if (document.hidden || !online.peek()) return;
      try {
        await checkNews(of);
      } catch (error) {
        // A log that does not verify is the alarm; everything else is tried again.
        if (wallet.peek() === of) noted(error);
      }
    };
    void look();
    const timer = setInterval(look, AGAIN);
    return () => clearInterval(timer);
  }, [of, ready]);
}
