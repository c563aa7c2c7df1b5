/** The lines that this area puts below the header: an office computer's countdown, and news about the locks. */
import { t } from '../../i18n/index.ts';
import { Icon } from '../../ui/kit.tsx';
import type { Wallet } from '../../unlock/wallet.ts';
import { go, route } from '../router.ts';
import { pending } from './news.ts';
import { OfficeBar } from './office_bar.tsx';
import { useWatch } from './watch.ts';

/** It cannot be waved away: only the screen that it leads to, on this very device, makes it go. */
function NewsBar() {
  if (pending.value.length === 0 || route.value.name === 'notices') return null;
  return (
    <div class="bar bar-alarm" role="alert">
      <Icon name="bell" />
      <span>{t('more.notices.bar')}</span>
      <button type="button" onClick={() => go('notices')}>
        {t('more.notices.look')}
      </button>
    </div>
  );
}

export function MoreBars({ of }: { of: Wallet }) {
  useWatch(of);
  return (
    <>
      <OfficeBar />
      <NewsBar />
    </>
  );
}
