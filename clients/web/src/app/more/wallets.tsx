/** The wallets on this phone, told apart by a number and a day: no name lies here in the open. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, Label, List, Row, Screen } from '../../ui/kit.tsx';
import { listWallets, type WalletOnDevice } from '../../unlock/profile.ts';
import { back } from '../router.ts';
import { lock, wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { numberOf } from './words.ts';

export default function Wallets() {
  const deed = useDeed();
  const [rows, setRows] = useState<readonly WalletOnDevice[] | null>(null);
  const open = wallet.value;
  useEffect(() => {
    if (open !== null) deed.run(async () => setRows(await listWallets(open.vault.shelf)));
  }, [open]);
  if (open === null) return null;
  return (
    <Screen
      title={<Label k="more.wallets.title" />}
      back={back}
      foot={
        <Button icon="lock" onClick={() => lock()}>
          <Label k="more.wallets.switch" />
        </Button>
      }
    >
      <p>
        <Label k="more.wallets.how" />
      </p>
      <Trouble deed={deed} />
      <List label={t('more.wallets.title')}>
        {rows?.map((one, at) => (
          <Row
            key={one.wallet}
            icon="papers"
            title={one.name === '' ? t('more.wallets.name', { n: numberOf(at + 1) }) : <bdi dir="auto">{one.name}</bdi>}
            tone="ok"
            {...(one.wallet === open.profile.wallet ? { badge: t('more.wallets.open') } : {})}
          />
        ))}
      </List>
      <p class="help">{t('more.wallets.label')}</p>
    </Screen>
  );
}
