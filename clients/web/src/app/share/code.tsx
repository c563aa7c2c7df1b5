/** The link of a share: as a code to scan, to send, to copy, on paper. The passcode goes another way than the link. */
import { useEffect, useState } from 'preact/hooks';
import { linkOfShare, listing, type Share } from '../../grant/grants.ts';
import { t } from '../../i18n/index.ts';
import { Button, Digits, Foreign, Label, Notice, Qr, Screen, toast } from '../../ui/kit.tsx';
import { back, replace } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { dayOf } from './end.tsx';
import { nameOf } from './home.tsx';
import { TroubleView, useTask } from './task.tsx';
import './share.css';

type Ready = { readonly link: string; readonly share: Share };

export default function Code({ params: [grant = ''] }: { params: Params }) {
  const task = useTask();
  const [ready, setReady] = useState<Ready | null>(null);
  useEffect(() => {
    void task.run(async () => {
      const share = (await listing(vault(), { offline: true })).find((one) => one.id === grant);
      if (share === undefined) return replace('share');
      setReady({ share, link: await linkOfShare(vault(), grant) });
    });
  }, [grant]);
  if (ready === null) {
    return (
      <Screen key="looking" title={<Label k="share.code.title" />} back={back}>
        <TroubleView trouble={task.trouble} />
      </Screen>
    );
  }
  const { link, share } = ready;
  const canShare = typeof navigator.share === 'function';
  const send = () => navigator.share({ url: link }).catch(() => undefined);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      toast(t('share.code.copied'));
    } catch {
      toast(t('share.code.nocopy'));
    }
  };
  const agency = share.agency !== null;
  return (
    <Screen key="code" title={<Label k={agency ? 'share.code.office' : 'share.code.title'} />} back={back}>
      <p>
        {(share.to ?? '') !== '' && (
          <>
            <Foreign text={nameOf(share)} />
            {' · '}
          </>
        )}
        {share.exp !== null && <Label k="share.until.day" fill={{ day: dayOf(share.exp) }} />}
      </p>
      {agency && (
        <Notice kind="ok">
          <Label k="share.code.inbox" />
        </Notice>
      )}
      <Qr text={link} label={t('share.code.label')} />
      {share.passcode !== null && (
        <section class="passcode unprinted">
          <h2>
            <Label k="share.code.passcode" />
          </h2>
          <p class="clerk-digits">
            <Digits blocks={[share.passcode.slice(0, 3), share.passcode.slice(3)]} large />
          </p>
          <p>
            <Label k="share.code.apart" />
          </p>
        </section>
      )}
      {!agency && (
        <div class="wide-buttons unprinted">
          {canShare && (
            <Button icon="share" onClick={send}>
              <Label k="share.code.send" />
            </Button>
          )}
          <Button kind="quiet" icon="link" onClick={copy}>
            <Label k="share.code.copy" />
          </Button>
          <Button kind="quiet" icon="print" onClick={() => print()}>
            <Label k="share.code.print" />
          </Button>
        </div>
      )}
      <div class="wide-buttons unprinted">
        <Button kind="quiet" icon="check" onClick={() => replace('share')}>
          <Label k="share.answered.ok" />
        </Button>
      </div>
      <TroubleView trouble={task.trouble} />
    </Screen>
  );
}
