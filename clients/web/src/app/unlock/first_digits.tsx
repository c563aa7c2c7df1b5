/** The passphrase, where there is no passkey: shown once, to be written down. */
import { t } from '../../i18n/index.ts';
import { Button, Digits, Screen } from '../../ui/kit.tsx';

export function WriteDown({ passphrase, onDone }: { passphrase: string; onDone: () => void }) {
  return (
    <Screen
      key="digits"
      title={t('unlock.first.write')}
      foot={<Button onClick={onDone}>{t('unlock.first.have')}</Button>}
    >
      <p>{t('unlock.first.write2')}</p>
      <div class="card middle">
        <Digits blocks={passphrase.match(/\d{4}/g) ?? []} large />
      </div>
    </Screen>
  );
}
