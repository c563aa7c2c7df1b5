/** The new sheet: shown, printed, and then proved to be there by typing a block and the PIN from the paper. */
import { useState } from 'preact/hooks';
import { showHandle } from '../../formats/wallet.ts';
import { t } from '../../i18n/index.ts';
import { Button, Digits, DigitsField, emptyBlocks, Label, Notice, Screen } from '../../ui/kit.tsx';
import type { FreshSecrets, Wallet } from '../../unlock/wallet.ts';
import { groups, numberOf } from './words.ts';

type Props = {
  readonly wallet: Wallet;
  readonly secrets: FreshSecrets;
  readonly warning?: string;
  readonly done: () => void;
};

const BLOCK = 6;

export function SheetStory({ wallet, secrets, warning, done }: Props) {
  const [proving, setProving] = useState(false);
  const { recoveryCode, sheetPin, passphrase } = secrets;
  if (proving) return <Prove secrets={secrets} back={() => setProving(false)} done={done} />;
  return (
    <Screen
      key="show"
      title={<Label k="more.sheet.title" />}
      foot={
        <>
          <Button icon="print" onClick={() => print()}>
            <Label k="more.sheet.print" />
          </Button>
          <Button kind="quiet" icon="check" onClick={() => setProving(true)}>
            <Label k="more.sheet.have" />
          </Button>
        </>
      }
    >
      {warning !== undefined && <Notice kind="warn">{warning}</Notice>}
      <p>
        <Label k="more.sheet.write" />
      </p>
      <dl class="facts">
        <div>
          <dt>{t('more.about.server')}</dt>
          <dd>
            <bdi dir="ltr">{wallet.profile.origin}</bdi>
          </dd>
        </div>
        <div>
          <dt>{t('more.assist.handle')}</dt>
          <dd>
            <bdi dir="ltr">{showHandle(wallet.profile.handle)}</bdi>
          </dd>
        </div>
        <div>
          <dt>{t('more.assist.code')}</dt>
          <dd>
            <Digits blocks={recoveryCode} />
          </dd>
        </div>
        <div>
          <dt>{t('more.assist.pin')}</dt>
          <dd>
            <Digits blocks={groups(sheetPin, 3)} />
          </dd>
        </div>
        {passphrase !== undefined && (
          <div>
            <dt>{t('more.method.passphrase')}</dt>
            <dd>
              <Digits blocks={groups(passphrase)} />
            </dd>
          </div>
        )}
        <div>
          <dt>{t('more.about.number')}</dt>
          <dd>
            <bdi dir="ltr">{wallet.vault.number}</bdi>
          </dd>
        </div>
      </dl>
    </Screen>
  );
}

function Prove({ secrets, back, done }: { secrets: FreshSecrets; back: () => void; done: () => void }) {
  const [at] = useState(() => (crypto.getRandomValues(new Uint8Array(1))[0] as number) % secrets.recoveryCode.length);
  const [block, setBlock] = useState(() => emptyBlocks(1));
  const [pin, setPin] = useState(() => emptyBlocks(1));
  const [wrong, setWrong] = useState(false);
  const check = () => {
    if (block[0] === secrets.recoveryCode[at] && pin[0] === secrets.sheetPin) done();
    else setWrong(true);
  };
  return (
    <Screen
      key="prove"
      title={<Label k="more.sheet.prove" />}
      back={back}
      foot={
        <Button icon="check" onClick={check}>
          <Label k="more.add.next" />
        </Button>
      }
    >
      {wrong && <Notice kind="warn">{t('more.sheet.wrong')}</Notice>}
      <DigitsField
        label={<Label k="more.sheet.block" fill={{ n: numberOf(at + 1) }} />}
        value={block}
        onInput={setBlock}
        blocks={1}
        size={BLOCK}
      />
      <DigitsField label={<Label k="more.assist.pin" />} value={pin} onInput={setPin} blocks={1} size={BLOCK} />
    </Screen>
  );
}
