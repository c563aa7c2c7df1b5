/** What quick hide shows: the time. Nothing on it speaks of papers; the page's title neither. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { dated, locale, t } from '../../i18n/index.ts';
import { replace } from '../router.ts';
import './hidden.css';

/** Taps, and the milliseconds in which they must follow one another. */
const TAPS = 3;
const TOGETHER = 1500;

export default function Hidden() {
  const [now, setNow] = useState(() => new Date());
  const [taps, setTaps] = useState<readonly number[]>([]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 1000);
    return () => clearInterval(timer);
  }, []);
  const tap = () => {
    const recent = [...taps.filter((at) => Date.now() - at < TOGETHER), Date.now()];
    setTaps(recent);
    if (recent.length >= TAPS) replace('start');
  };
  const time = new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(now);
  const day = new Intl.DateTimeFormat(locale(), { dateStyle: dated('full') }).format(now);
  return (
    <div class="clock">
      <h1 ref={heading} tabIndex={-1} class="unseen">
        {t('more.hidden.title')}
      </h1>
      <button type="button" onClick={tap}>
        <span class="clock-time">{time}</span>
        <span class="clock-day">{day}</span>
        <span class="unseen">{t('more.hidden.clock')}</span>
      </button>
    </div>
  );
}
