/** The session of this device has ended on the server; the wallet is open, its papers stay on the screen. */
import { useMemo, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { List, Row, Screen, toast } from '../../ui/kit.tsx';
import type { Proof } from '../../unlock/wallet.ts';
import { back, HOME, replace } from '../router.ts';
import { wallet } from '../session.ts';
import { Secret } from './open.tsx';
import { opening } from './opening.ts';
import { Trouble } from './trouble.tsx';
import { Working } from './working.tsx';

type Way = 'passphrase' | 'recovery' | 'passkey';

export default function Again() {
  const attempt = useMemo(opening, []);
  const kinds = wallet.value?.methods().map((one) => one.kind) ?? [];
  const ways = (['passkey', 'passphrase', 'recovery'] as const).filter((one) => kinds.includes(one));
  const [way, setWay] = useState<Way>(ways[0] ?? 'recovery');
  const prove = async (proof: Proof) => {
    const open = wallet.value;
    if (open === null) return;
    await attempt.run(
      async (steps) => {
        await open.signInAgain(proof, steps);
        return open;
      },
      () => {
        toast(t('unlock.again.done'));
        replace(HOME);
      },
    );
  };
  return (
    <Screen title={t('unlock.again')} back={back}>
      <p>{t('unlock.again.text')}</p>
      <Trouble error={attempt.error.value} />
      <Secret key={way} way={way} busy={attempt.busy.value} onProof={prove} />
      <Working opening={attempt} />
      <List label={t('unlock.other')}>
        {ways
          .filter((one) => one !== way)
          .map((one) => (
            <Row key={one} icon="key" title={t(`unlock.way.${one}`)} onClick={() => setWay(one)} />
          ))}
      </List>
    </Screen>
  );
}
