/**
 * Every change of the locks in one row of screens: what will happen → who you are → new keys → the new sheet → is it
 * really there. Locking out, a new sheet, a new number and removing a way differ only in the words and the deed.
 */
import { useState } from 'preact/hooks';
import { HolderError } from '../../errors.ts';
import { count, type Key, t } from '../../i18n/index.ts';
import { Button, Label, Progress, Screen } from '../../ui/kit.tsx';
import type { FreshSecrets, Proof, Steps, Wallet } from '../../unlock/wallet.ts';
import type { Uncover } from '../curtain.ts';
import { back, replace, useUnsaved } from '../router.ts';
import { wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { useProof } from './proof.tsx';
import { SheetStory } from './sheet_story.tsx';

type Props = {
  readonly title: Key;
  readonly what: readonly Key[];
  readonly fill?: Readonly<Record<string, string>>;
  readonly yes: Key;
  readonly deed: (proof: Proof, steps: Steps) => Promise<FreshSecrets>;
  /** Show new digits even where a passkey opens as well: they were asked for. */
  readonly digits?: boolean;
  /** Where it goes when the new sheet is there. */
  readonly then: string;
};

export function Relock({ title, what, fill = {}, yes, deed: change, digits = false, then }: Props) {
  const deed = useDeed();
  const proving = useProof();
  const [fresh, setFresh] = useState<FreshSecrets | null>(null);
  const [proved, setProved] = useState<Proof>({});
  const [uncertain, setUncertain] = useState(false);
  useUnsaved(() => deed.busy || fresh !== null);
  const open = wallet.value;
  if (open === null) return null;
  const athome = open.vault.away.ids.size;
  const go = () => {
    const proof = proving.proof();
    if (proof === null) return;
    setProved(proof);
    deed.run(async () => {
      try {
        setFresh(await change(proof, () => undefined));
      } catch (error) {
        const secrets = secretsOf(error);
        if (secrets === null) throw error;
        setUncertain(true);
        setFresh(secrets);
      }
    });
  };
  if (fresh !== null) {
    return (
      <SheetStory
        key="sheet"
        wallet={open}
        secrets={fresh}
        digits={digits || !open.methods().some((one) => one.kind === 'passkey')}
        before={again(open, proved)}
        {...(uncertain ? { warning: t('more.sheet.uncertain') } : {})}
        done={() => replace(then)}
      />
    );
  }
  return (
    <Screen
      title={<Label k={title} fill={fill} />}
      back={back}
      foot={
        <>
          <Button icon="lock" busy={deed.busy} onClick={go}>
            <Label k={yes} />
          </Button>
          <Button kind="quiet" disabled={deed.busy} onClick={back}>
            <Label k="more.out.no" />
          </Button>
        </>
      }
    >
      <ul class="todo">
        {what.map((key) => (
          <li key={key}>
            <Label k={key} />
          </li>
        ))}
        {/* New keys are wrapped here, so what was left at home must come (unlock/locks.ts): said before, not found after. */}
        {athome > 0 && <li>{count('more.away.back', athome)}</li>}
      </ul>
      <Trouble deed={deed} />
      {proving.field()}
      {deed.busy && <Progress label={t('more.out.working')} />}
    </Screen>
  );
}

/** The same proof once more, for secrets that were covered: what the paper in the hand says, or the same finger. */
function again(open: Wallet, { recoveryCode, passphrase }: Proof): Uncover {
  if (recoveryCode !== undefined) return { way: 'recovery', digits: recoveryCode };
  if (passphrase !== undefined) return { way: 'passphrase', digits: passphrase };
  return { way: 'passkey', ask: () => open.prove({ passkey: true }) };
}

/** The answer to the change got lost: both sheets may be the right one, so the new one must not be lost as well. */
function secretsOf(error: unknown): FreshSecrets | null {
  if (!(error instanceof HolderError) || error.code !== 'locks-uncertain') return null;
  const { recoveryCode, sheetPin, passphrase } = error.members as Partial<FreshSecrets>;
  if (recoveryCode === undefined || sheetPin === undefined) return null;
  return { recoveryCode, sheetPin, ...(passphrase === undefined ? {} : { passphrase }) };
}
