/** Account name and the 24 digits, on a device that does not know the wallet. */
import { useMemo, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, DigitsField, emptyBlocks, isFull, Screen, TextField } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import { shelf } from '../shelf.ts';
import { FloorField, floorOf } from './floor.tsx';
import { opening, toNewDevice } from './opening.ts';
import { Trouble } from './trouble.tsx';
import { Working } from './working.tsx';

export default function Adopt() {
  const attempt = useMemo(opening, []);
  const [handle, setHandle] = useState('');
  const [phrase, setPhrase] = useState(emptyBlocks(6));
  const [floor, setFloor] = useState('');
  const number = floorOf(floor);
  const ready = handle.trim() !== '' && isFull(phrase, 4) && number !== null;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready || number === null) return;
    const { Wallet } = await import('../../unlock/wallet.ts');
    const typed = { handle, passphrase: phrase.join(''), floor: number };
    await attempt.run((steps) => Wallet.adopt(shelf(), typed, steps), toNewDevice);
  };
  return (
    <Screen title={t('unlock.enter.digits')} back={back}>
      <form onSubmit={submit} class="wide-buttons" autocomplete="off">
        <Trouble error={attempt.error.value} />
        <TextField label={t('unlock.handle')} value={handle} onInput={setHandle} dir="ltr" maxLength={14} />
        <DigitsField label={t('unlock.passphrase')} value={phrase} onInput={setPhrase} blocks={6} size={4} />
        <FloorField value={floor} onInput={setFloor} />
        <Button type="submit" icon="open" busy={attempt.busy.value} disabled={!ready}>
          {t('unlock.open')}
        </Button>
        <Working opening={attempt} />
      </form>
    </Screen>
  );
}
