/** The countdown of an assisted session, always in sight, with its end beside it. */
import { useEffect } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/kit.tsx';
import { useNow } from '../inbox/left.ts';
import { assisted, end } from './assisted.ts';
import { clockOf } from './words.ts';

export function OfficeBar() {
  const until = assisted.value;
  const now = useNow(1);
  const over = until !== null && now >= until;
  useEffect(() => {
    if (over) void end('over');
  }, [over]);
  if (until === null) return null;
  return (
    <aside class="bar bar-warn" aria-label={t('more.assist.bar')}>
      <Icon name="office" />
      <span role="timer">
        {t('more.assist.bar')} <bdi dir="ltr">{clockOf(until - now)}</bdi>
      </span>
      <button type="button" onClick={() => end()}>
        {t('more.assist.end')}
      </button>
    </aside>
  );
}
