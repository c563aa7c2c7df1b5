/** Out of quarantine and gone, after a second question. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { discard, type Received } from '../../inbox/deposits.ts';
import { Button, Dialog, Label } from '../../ui/kit.tsx';
import type { Deed } from '../more/deed.tsx';
import { replace } from '../router.ts';
import { wallet } from '../session.ts';
import { refresh } from './state.ts';

/** `deed` is the screen's: it says what went wrong. */
export function Discard({ one, deed }: { one: Received; deed: Deed }) {
  const [sure, setSure] = useState(false);
  const drop = () =>
    deed.run(async () => {
      const vault = wallet.value?.vault;
      setSure(false);
      if (vault === undefined) return;
      await discard(vault, one);
      await refresh(vault).catch(() => undefined);
      replace('inbox');
    });
  return (
    <>
      <Button kind="quiet" icon="trash" busy={deed.busy} onClick={() => setSure(true)}>
        <Label k="inbox.discard" />
      </Button>
      <Dialog
        open={sure}
        title={t('inbox.discard.sure')}
        onClose={() => setSure(false)}
        foot={
          <>
            <Button kind="danger" icon="trash" onClick={drop}>
              <Label k="inbox.discard" />
            </Button>
            <Button kind="quiet" onClick={() => setSure(false)}>
              <Label k="inbox.discard.no" />
            </Button>
          </>
        }
      >
        <p>{t('inbox.discard.text')}</p>
      </Dialog>
    </>
  );
}
