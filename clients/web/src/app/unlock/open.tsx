/** A wallet that this device knows: the shortest way first, the others below it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { showHandle } from '../../formats/wallet.ts';
import { t } from '../../i18n/index.ts';
import {
  Busy,
  Button,
  Dialog,
  DigitsField,
  emptyBlocks,
  type IconName,
  isFull,
  List,
  Notice,
  Row,
  Screen,
} from '../../ui/kit.tsx';
import { forgetWallet, listWallets, type WalletOnDevice } from '../../unlock/profile.ts';
import type { Proof } from '../../unlock/wallet.ts';
import { back, go, replace } from '../router.ts';
import type { Params } from '../routes.ts';
import { codeOf, moved } from '../session.ts';
import { shelf } from '../shelf.ts';
import { Signed } from '../whose.tsx';
import { canPasskey } from './able.ts';
import { opening } from './opening.ts';
import { possibleBlock } from './sheet_code.ts';
import { Trouble } from './trouble.tsx';
import { Working } from './working.tsx';

type Way = 'pin' | 'passkey' | 'passphrase' | 'recovery';
const SIGN: Readonly<Record<Way, IconName>> = {
  pin: 'digits',
  passkey: 'finger',
  passphrase: 'key',
  recovery: 'sheet',
};

/** `#/open/WALLET` */
export default function Open({ params }: { params: Params }) {
  const [found, setFound] = useState<WalletOnDevice | null>(null);
  useEffect(() => {
    listWallets(shelf()).then(
      (all) => {
        const one = all.find((row) => row.wallet === params[0]);
        if (one === undefined) replace('start');
        else setFound(one);
      },
      () => replace('start'),
    );
  }, [params[0]]);
  return found === null ? <Busy text={t('shell.busy')} /> : <Unlock wallet={found} />;
}

/** How to prove it is you: the input of one way. Asked again wherever locks are changed. */
export function Secret({ way, busy, onProof }: { way: Way; busy: boolean; onProof: (proof: Proof) => void }) {
  const [pin, setPin] = useState(emptyBlocks(1));
  const [phrase, setPhrase] = useState(emptyBlocks(6));
  const [code, setCode] = useState(emptyBlocks(8));
  const form = useRef<HTMLFormElement>(null);
  // Another way was chosen, or this one once more: on a new screen its heading takes the focus after this.
  useEffect(() => form.current?.querySelector<HTMLElement>('input, button')?.focus({ preventScroll: true }), []);
  const submit = (event: Event) => {
    event.preventDefault();
    if (way === 'passkey') onProof({ passkey: true });
    if (way === 'pin' && isFull(pin, 6)) onProof({ pin: pin.join('') });
    if (way === 'passphrase' && isFull(phrase, 4)) onProof({ passphrase: phrase.join('') });
    if (way === 'recovery' && isFull(code, 6)) onProof({ recoveryCode: code.join('') });
  };
  const typePin = (next: string[]) => {
    setPin(next);
    // The sixth digit opens, as on every phone.
    if (isFull(next, 6)) onProof({ pin: next.join('') });
  };
  return (
    <form ref={form} onSubmit={submit} class="wide-buttons" autocomplete="off">
      {way === 'pin' && (
        <DigitsField
          label={t('unlock.pin')}
          help={t('unlock.pin.help')}
          value={pin}
          onInput={typePin}
          blocks={1}
          size={6}
          hidden
        />
      )}
      {way === 'passphrase' && (
        <DigitsField label={t('unlock.passphrase')} value={phrase} onInput={setPhrase} blocks={6} size={4} />
      )}
      {way === 'recovery' && (
        <DigitsField
          label={t('unlock.code')}
          value={code}
          onInput={setCode}
          blocks={8}
          size={6}
          check={possibleBlock}
        />
      )}
      <Button type="submit" icon={way === 'passkey' ? 'finger' : 'open'} busy={busy}>
        {t(way === 'passkey' ? 'unlock.passkey' : 'unlock.open')}
      </Button>
    </form>
  );
}

export function Unlock({ wallet, alone = false }: { wallet: WalletOnDevice; alone?: boolean }) {
  const attempt = useMemo(opening, []);
  const [able, setAble] = useState(false);
  const [chosen, setChosen] = useState<Way | null>(null);
  const [round, setRound] = useState(0);
  const [removing, setRemoving] = useState(false);
  useEffect(() => {
    canPasskey().then(setAble);
  }, []);
  const ways: Way[] = [
    ...(wallet.passkey && able ? (['passkey'] as const) : []),
    ...(wallet.pin ? (['pin'] as const) : []),
    ...(wallet.methods.includes('passphrase') ? (['passphrase'] as const) : []),
    ...(wallet.methods.includes('recovery') ? (['recovery'] as const) : []),
  ];
  const way = chosen ?? ways[0] ?? 'recovery';
  const prove = async (proof: Proof) => {
    moved.value = false;
    const { Wallet } = await import('../../unlock/wallet.ts');
    const done = await attempt.run((steps) => Wallet.unlock(shelf(), wallet.wallet, proof, steps));
    // A wrong PIN is typed anew; a long code stays, so that only its mistake is mended.
    if (!done && proof.pin !== undefined) setRound((n) => n + 1);
  };
  const remove = async () => {
    await forgetWallet(shelf(), wallet.wallet);
    // Not only to the same screen: it must look anew.
    location.reload();
  };
  const code = codeOf(attempt.error.value);
  const plain = alone && wallet.name === '';
  return (
    <Screen title={plain ? t('shell.name') : <Signed of={wallet} />} back={alone ? undefined : back}>
      <p class="help">
        <bdi dir="ltr">{showHandle(wallet.handle)}</bdi>
      </p>
      {moved.value && <Notice kind="info">{t('unlock.error.opened-elsewhere')}</Notice>}
      {attempt.error.value !== null && <Trouble error={attempt.error.value} />}
      {code === 'offline' && way === 'pin' && <Notice kind="info">{t('unlock.pin.offline')}</Notice>}
      {code === 'locks-changed' && (
        <Button kind="quiet" icon="sheet" onClick={() => go('recover')}>
          {t('unlock.enter.sheet')}
        </Button>
      )}
      <Secret key={`${way}${round}`} way={way} busy={attempt.busy.value} onProof={prove} />
      <Working opening={attempt} />
      <h2>{t('unlock.other')}</h2>
      <List label={t('unlock.other')}>
        {ways
          .filter((one) => one !== way)
          .map((one) => (
            <Row key={one} icon={SIGN[one]} title={t(`unlock.way.${one}`)} onClick={() => setChosen(one)} />
          ))}
        <Row icon="help" title={t('unlock.way.none')} onClick={() => go('enter')} />
        <Row icon="trash" title={t('unlock.remove')} onClick={() => setRemoving(true)} />
      </List>
      <Dialog
        open={removing}
        title={t('unlock.remove.title')}
        onClose={() => setRemoving(false)}
        foot={
          <>
            <Button kind="quiet" onClick={() => setRemoving(false)}>
              {t('unlock.remove.no')}
            </Button>
            <Button kind="danger" icon="trash" onClick={remove}>
              {t('unlock.remove')}
            </Button>
          </>
        }
      >
        <p>{t('unlock.remove.text')}</p>
      </Dialog>
    </Screen>
  );
}
