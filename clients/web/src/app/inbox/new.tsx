/** A new code: for whom (only the holder sees it), and for how long. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { DEFAULT_LIFE, newCode } from '../../inbox/deposits.ts';
import { Button, Choice, Label, Screen, TextField } from '../../ui/kit.tsx';
import { Trouble, useDeed } from '../more/deed.tsx';
import { back, go } from '../router.ts';
import { wallet } from '../session.ts';
import { refresh } from './state.ts';

/** Seconds. The server allows 30 days; a code that lies about for weeks is a door left open. */
const LIVES = { hour: DEFAULT_LIFE, day: 86400, week: 7 * 86400 } as const;
type Life = keyof typeof LIVES;
/** Characters: one line on the smallest screen, twice. */
const LABEL = 60;

export default function NewCode() {
  const deed = useDeed();
  const [label, setLabel] = useState('');
  const [life, setLife] = useState<Life>('hour');
  const make = () =>
    deed.run(async () => {
      const vault = wallet.value?.vault;
      if (vault === undefined) return;
      const named = label.trim() || t('inbox.for.default');
      const { code } = await newCode(vault, { label: named, life: LIVES[life] });
      await refresh(vault).catch(() => undefined);
      go('inbox-code', code);
    });
  return (
    <Screen
      title={<Label k="inbox.new.title" />}
      back={back}
      foot={
        <Button icon="qr" busy={deed.busy} onClick={make}>
          <Label k="inbox.show" />
        </Button>
      }
    >
      <p>
        <Label k="inbox.allows" />
      </p>
      <Trouble deed={deed} />
      <TextField
        label={<Label k="inbox.for" />}
        help={t('inbox.for.help')}
        value={label}
        onInput={setLabel}
        maxLength={LABEL}
      />
      <Choice
        label={<Label k="inbox.long" />}
        value={life}
        onChange={setLife}
        options={[
          { value: 'hour', label: <Label k="inbox.long.hour" /> },
          { value: 'day', label: <Label k="inbox.long.day" /> },
          { value: 'week', label: <Label k="inbox.long.week" /> },
        ]}
      />
    </Screen>
  );
}
