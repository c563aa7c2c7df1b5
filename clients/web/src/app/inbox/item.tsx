/** One thing in quarantine: who, what, how long it waits. Looked at only as a picture; then kept or thrown away. */
import { useEffect, useState } from 'preact/hooks';
import { HolderError, ServerLied } from '../../errors.ts';
import { bytes, t } from '../../i18n/index.ts';
import { look, type Received } from '../../inbox/deposits.ts';
import { isStatement } from '../../inbox/statements.ts';
import { Button, Foreign, Label, Notice, Progress, Screen } from '../../ui/kit.tsx';
import { Trouble, useDeed } from '../more/deed.tsx';
import { dayOf } from '../more/words.ts';
import { Viewer } from '../papers/viewer.tsx';
import { back, go } from '../router.ts';
import type { Params } from '../routes.ts';
import { wallet } from '../session.ts';
import { Discard } from './discard.tsx';
import { fromOf, nameOf } from './list.tsx';
import { find, received, refresh } from './state.ts';
import { Statement } from './statement.tsx';

export default function Item({ params }: { params: Params }) {
  const deed = useDeed();
  const vault = wallet.value?.vault;
  const one = find(params[0], params[1]);
  useEffect(() => {
    if (vault !== undefined && received.value === null) deed.run(() => refresh(vault));
  }, [vault]);
  if (one === undefined) {
    return (
      <Screen title={<Label k="inbox.item.title" />} back={back}>
        <Trouble deed={deed} />
        {received.value !== null && <Notice kind="info">{t('inbox.gone')}</Notice>}
      </Screen>
    );
  }
  return isStatement(one) ? <Statement one={one} /> : <Paper one={one} />;
}

function Paper({ one }: { one: Received }) {
  const deed = useDeed();
  const readable = one.manifest !== null;
  const kind = one.manifest?.kind ?? 'paper';
  return (
    <Screen
      title={<Foreign text={nameOf(one)} />}
      back={back}
      foot={
        <>
          {readable && (
            <Button icon="check" onClick={() => go('inbox-keep', one.code, one.item)}>
              <Label k="inbox.keep" />
            </Button>
          )}
          <Discard one={one} deed={deed} />
        </>
      }
    >
      <Trouble deed={deed} />
      {!readable && <Notice kind="warn">{t('inbox.unreadable.text')}</Notice>}
      <Notice kind={one.sender === null ? 'warn' : 'ok'}>
        <p>
          <Foreign text={fromOf(one)} />
        </p>
        {one.sender === null && one.claimed !== null && (
          <p>
            <Foreign text={t('inbox.claims', { name: one.claimed })} />
          </p>
        )}
      </Notice>
      <dl class="facts">
        {kind !== 'paper' && (
          <div>
            <dt>{t('inbox.what')}</dt>
            <dd>{t(`inbox.kind.${kind}`)}</dd>
          </div>
        )}
        {one.note !== '' && (
          <div>
            <dt>{t('inbox.note')}</dt>
            <dd>
              <Foreign text={one.note} />
            </dd>
          </div>
        )}
        <div>
          <dt>{t('inbox.size')}</dt>
          <dd>{bytes(one.size)}</dd>
        </div>
      </dl>
      <p class="note">{t('inbox.until', { date: dayOf(one.until) })}</p>
      {readable && <Look one={one} />}
    </Screen>
  );
}

/** Painted as pixels in a frame without an origin: whatever a stranger put into the file cannot reach this page. */
function Look({ one }: { one: Received }) {
  const deed = useDeed();
  const [share, setShare] = useState<number | null>(null);
  const [file, setFile] = useState<Blob | null>(null);
  const [altered, setAltered] = useState(false);
  const fetchIt = () =>
    deed.run(async () => {
      const vault = wallet.value?.vault;
      if (vault === undefined) return;
      setShare(0);
      try {
        setFile(await look(vault, one, setShare));
      } catch (error) {
        // Made by a stranger: a file that does not verify may be the sender's fault as well as the server's.
        if (!(error instanceof ServerLied || (error instanceof HolderError && error.code === 'unreadable')))
          throw error;
        setAltered(true);
      } finally {
        setShare(null);
      }
    });
  if (altered) return <Notice kind="alarm">{t('inbox.altered')}</Notice>;
  if (file !== null) return <Viewer blob={file} media={one.media} label={nameOf(one)} />;
  return (
    <>
      <p class="help">{t('inbox.look.help')}</p>
      <Trouble deed={deed} />
      {share === null ? (
        <Button kind="quiet" icon="eye" onClick={fetchIt}>
          <Label k="inbox.look" />
        </Button>
      ) : (
        <Progress value={share} label={t('inbox.looking')} />
      )}
    </>
  );
}
