/** The door: the wallets on this device, or the beginning. */
import { t } from '../../i18n/index.ts';
import { Screen } from '../../ui/kit.tsx';

export default function Start() {
  return (
    <Screen title={t('unlock.start.title')}>
      <p class="lead">{t('unlock.start.title')}</p>
    </Screen>
  );
}
