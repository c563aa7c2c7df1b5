/** The wallets on this phone. The one that is open gets a word and a sign, kept on this phone and nowhere else. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, Choice, Label, List, Notice, Row, Screen, TextField, toast } from '../../ui/kit.tsx';
import { MAX_NAME, SIGNS, type Sign } from '../../unlock/sign.ts';
import { back, useUnsaved } from '../router.ts';
import { lock, wallet } from '../session.ts';
import { here, lookHere, Signed } from '../whose.tsx';
import { Trouble, useDeed } from './deed.tsx';

export default function Wallets() {
  const deed = useDeed();
  const open = wallet.value;
  const [name, setName] = useState(() => open?.profile.name ?? '');
  const [sign, setSign] = useState<Sign>(() => open?.profile.sign ?? SIGNS[0]);
  const changed = open !== null && (name !== open.profile.name || sign !== open.profile.sign);
  useUnsaved(() => changed);
  if (open === null) return null;
  const keep = () =>
    deed.run(async () => {
      await open.rename(name, sign);
      setName(open.profile.name);
      await lookHere();
      toast(t('devices.named'));
    });
  const others = here.value.filter((one) => one.wallet !== open.profile.wallet);
  const twice = others.some((one) => one.sign === sign);
  return (
    <Screen
      title={<Label k="more.wallets.title" />}
      back={back}
      foot={
        <>
          <Button icon="check" busy={deed.busy} disabled={!changed} onClick={keep}>
            <Label k="devices.keep" />
          </Button>
          <Button kind="quiet" icon="lock" onClick={() => lock()}>
            <Label k="more.wallets.switch" />
          </Button>
        </>
      }
    >
      <List label={t('more.wallets.title')}>
        {here.value.map((one) => (
          <Row
            key={one.wallet}
            title={<Signed of={one} />}
            tone="ok"
            {...(one.wallet === open.profile.wallet ? { badge: t('more.wallets.open') } : {})}
          />
        ))}
      </List>
      <p class="help">
        <Label k="more.wallets.how" />
      </p>
      <Trouble deed={deed} />
      <h2>{t('devices.this')}</h2>
      <TextField
        label={<Label k="devices.name" />}
        help={t('devices.name.help')}
        value={name}
        onInput={setName}
        maxLength={MAX_NAME}
      />
      <Choice<Sign>
        label={<Label k="devices.sign" />}
        value={sign}
        onChange={setSign}
        options={SIGNS.map((one) => ({ value: one, label: <Signed of={{ name: '', sign: one }} /> }))}
        columns
      />
      {twice && <Notice kind="warn">{t('devices.sign.twice')}</Notice>}
    </Screen>
  );
}
