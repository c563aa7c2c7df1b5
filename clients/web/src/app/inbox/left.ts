/** How long something still lasts, in the largest unit that does not promise more than there is. */
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../../api/http.ts';
import { count, t } from '../../i18n/index.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

export function left(until: number, now = serverNow()): string {
  const seconds = until - now;
  if (seconds <= 0) return t('inbox.over');
  if (seconds < 2 * HOUR) return count('inbox.left.minutes', Math.max(1, Math.floor(seconds / MINUTE)));
  if (seconds < 2 * DAY) return count('inbox.left.hours', Math.floor(seconds / HOUR));
  return count('inbox.left.days', Math.floor(seconds / DAY));
}

/** The time, anew every `seconds`: a screen that shows it counts down by itself. */
export function useNow(seconds: number): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}
