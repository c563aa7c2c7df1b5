/** One code: large, to be held before a camera or sent; what it allows, how long, and its end. */
import { useEffect, useState } from 'preact/hooks';
import { bytes, locale, moment, t } from '../../i18n/index.ts';
import { type Code, endCode } from '../../inbox/deposits.ts';
import { Button, Foreign, Label, Notice, Qr, Screen, toast } from '../../ui/kit.tsx';
import { Trouble, useDeed } from '../more/deed.tsx';
import { back } from '../router.ts';
import type { Params } from '../routes.ts';
import { wallet } from '../session.ts';
import { left, useNow } from './left.ts';
import { open, refresh } from './state.ts';

/** Seconds between two looks at whether something came in: somebody sits there and waits for it. */
const LOOK_EVERY = 15;

export default function CodeScreen({ params }: { params: Params }) {
  const deed = useDeed();
  const now = useNow(LOOK_EVERY);
  const vault = wallet.value?.vault;
  const code = open.value?.find((one) => one.code === params[0]);
  useEffect(() => {
    // Quietly: without a network the code on the screen is as good as before.
    if (vault !== undefined && !document.hidden) refresh(vault).catch(() => undefined);
  }, [vault, now]);
  const end = () =>
    deed.run(async () => {
      if (vault === undefined || code === undefined) return;
      await endCode(vault, code.code);
      await refresh(vault).catch(() => undefined);
      toast(t('inbox.ended'));
      back();
    });
  if (code === undefined || code.exp <= now) {
    return (
      <Screen title={<Label k="inbox.code.title" />} back={back}>
        {open.value === null ? (
          <p role="status">{t('inbox.looking')}</p>
        ) : (
          <Notice kind="info">{t('inbox.over')}</Notice>
        )}
      </Screen>
    );
  }
  return (
    <Screen
      title={<Foreign text={code.label} />}
      back={back}
      foot={
        <>
          <Send link={code.link} />
          <Button kind="quiet" icon="stop" busy={deed.busy} onClick={end}>
            <Label k="inbox.end" />
          </Button>
        </>
      }
    >
      <p>
        <Label k="inbox.scan" />
      </p>
      <Qr text={code.link} label={t('inbox.qr')} />
      <Trouble deed={deed} />
      <p>
        <Label k="inbox.allows" />
      </p>
      <Facts code={code} now={now} />
    </Screen>
  );
}

function Facts({ code, now }: { code: Code; now: number }) {
  return (
    <p class="note">
      {left(code.exp, now)}
      <br />
      {t('inbox.ends', { time: moment(code.exp) })}
      {code.filesLeft !== null && code.bytesLeft !== null && (
        <>
          <br />
          {t('inbox.room', {
            files: new Intl.NumberFormat(locale()).format(code.filesLeft),
            size: bytes(code.bytesLeft),
          })}
        </>
      )}
    </p>
  );
}

/** The phone's own share sheet where there is one; else the clipboard. */
function Send({ link }: { link: string }) {
  const [copied, setCopied] = useState(false);
  const shares = typeof navigator.share === 'function';
  const send = async () => {
    try {
      if (shares) await navigator.share({ url: link });
      else {
        await navigator.clipboard.writeText(link);
        setCopied(true);
      }
    } catch {
      // The person closed the share sheet, or the browser keeps its clipboard shut: the QR code is still there.
    }
  };
  return (
    <Button icon={copied ? 'check' : 'link'} onClick={send}>
      <Label k={copied ? 'inbox.copied' : shares ? 'inbox.share' : 'inbox.copy'} />
    </Button>
  );
}
