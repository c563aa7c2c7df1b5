/** The ways to open this wallet. At least two, one of them on paper: anything less is said in plain words. */
import { useState } from 'preact/hooks';
import type { Method } from '../../formats/wallet.ts';
import { t } from '../../i18n/index.ts';
import { Button, Card, type IconName, Label, Notice, Screen, toast } from '../../ui/kit.tsx';
import { back, go } from '../router.ts';
import { wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';

/** Kinds that work without this device: what brings the wallet back when it is lost. */
const OFFLINE: ReadonlySet<string> = new Set(['passphrase', 'recovery']);
/** "At least two methods, one of them offline of this device." */
const ENOUGH = 2;

export default function Methods() {
  const deed = useDeed();
  // `methods()` is no signal: a finished deed draws the list anew.
  const [, setDone] = useState(0);
  const open = wallet.value;
  if (open === null) return null;
  void open.vault.changed.value;
  const methods = open.methods();
  const kinds = new Set<Method>(methods.map((one) => one.kind));
  const hasPin = open.profile.pinLock !== null;
  const few = kinds.size < ENOUGH || ![...kinds].some((kind) => OFFLINE.has(kind));
  const addPasskey = () =>
    deed.run(async () => {
      await open.addPasskey();
      setDone((n) => n + 1);
      toast(t('more.passkey.added'));
    });
  return (
    <Screen title={<Label k="more.methods.title" />} back={back}>
      <p>
        <Label k="more.methods.lead" />
      </p>
      {few && <Notice kind="warn">{t('more.methods.few')}</Notice>}
      <Trouble deed={deed} />
      <Way icon="sheet" kind="recovery" ready={kinds.has('recovery')}>
        <Button kind="quiet" icon="print" onClick={() => go('new-sheet')}>
          <Label k="more.sheet.yes" />
        </Button>
      </Way>
      <Way icon="digits" kind="passphrase" ready={kinds.has('passphrase')}>
        <Button kind="quiet" icon="sync" onClick={() => go('method-renew')}>
          <Label k="more.renew.yes" />
        </Button>
      </Way>
      <Way icon="finger" kind="passkey" ready={kinds.has('passkey')}>
        {kinds.has('passkey') ? (
          <Button kind="quiet" icon="trash" onClick={() => go('method-remove')}>
            <Label k="more.passkey.remove" />
          </Button>
        ) : (
          <Button kind="quiet" icon="plus" busy={deed.busy} onClick={addPasskey}>
            <Label k="more.passkey.add" />
          </Button>
        )}
      </Way>
      <Way icon="lock" kind="pin" ready={hasPin}>
        <Button kind="quiet" icon="edit" onClick={() => go('pin')}>
          <Label k={hasPin ? 'more.pin.change' : 'more.pin.set'} />
        </Button>
      </Way>
    </Screen>
  );
}

type WayProps = {
  readonly icon: IconName;
  readonly kind: 'recovery' | 'passphrase' | 'passkey' | 'pin';
  readonly ready: boolean;
  readonly children: preact.ComponentChildren;
};

function Way({ icon, kind, ready, children }: WayProps) {
  return (
    <Card title={t(`more.method.${kind}`)} icon={icon}>
      <p>{t(ready ? 'more.method.have' : 'more.method.none')}</p>
      {children}
    </Card>
  );
}
