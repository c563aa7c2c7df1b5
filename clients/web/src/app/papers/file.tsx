/** One file of a paper: painted as pixels, or as text, or only to be saved. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { safeFile } from '../../redeem/files.ts';
import { download } from '../../store/files.ts';
import { attachmentsOf, removeFile } from '../../store/papers.ts';
import { Button, Dialog, Foreign, Label, Notice, Progress, Screen, toast } from '../../ui/kit.tsx';
import { isPainted } from '../../viewer/protocol.ts';
import { back } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { Gone, useDoing, useItem } from './common.tsx';
import { saveFile } from './saving.ts';
import { Viewer } from './viewer.tsx';
import './papers.css';

/** Characters: more text than a screen reader or a phone should get at once. */
const MOST_TEXT = 200_000;

export default function FileScreen({ params: [id = '', file = ''] }: { params: Params }) {
  const item = useItem(id);
  const [blob, setBlob] = useState<Blob | null>(null);
  const [text, setText] = useState<string | null>(null);
  const [share, setShare] = useState(0);
  const [asked, setAsked] = useState<'save' | 'remove' | null>(null);
  const doing = useDoing();
  const attachment = item === null ? undefined : attachmentsOf(item.payload).find((one) => one.id === file);
  const fetch = () => {
    if (attachment === undefined) return;
    doing.run(async () => {
      const got = await download(vault(), attachment, (done, total) => setShare(total === 0 ? 0 : done / total));
      if (/^text\/|json$|xml$/.test(attachment.media))
        setText((await got.slice(0, MOST_TEXT * 4).text()).slice(0, MOST_TEXT));
      setBlob(got);
    });
  };
  useEffect(fetch, [attachment?.id]);
  if (item === null || attachment === undefined) return <Gone />;
  const painted = isPainted(attachment.media);
  return (
    <Screen title={<Foreign text={attachment.name} />} back={back}>
      {doing.problem}
      {doing.problem !== null && blob === null && <Button onClick={fetch}>{t('shell.again')}</Button>}
      {blob === null && doing.busy && <Progress label={t('papers.file.opening')} value={share} />}
      {blob !== null && painted && <Viewer blob={blob} media={attachment.media} label={attachment.name} />}
      {text !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long text is scrolled by keyboard
        <pre class="text" dir="auto" tabIndex={0}>
          {text}
        </pre>
      )}
      {blob !== null && !painted && text === null && (
        <Notice kind="info">
          <Label k="papers.file.only-save" />
        </Notice>
      )}
      <div class="wide-buttons">
        {blob !== null && (
          <Button kind="quiet" icon="save" onClick={() => setAsked('save')}>
            <Label k="papers.file.save" />
          </Button>
        )}
        <Button kind="danger" icon="trash" onClick={() => setAsked('remove')}>
          <Label k="papers.file.remove" />
        </Button>
      </div>
      <Dialog
        open={asked !== null}
        title={t(asked === 'remove' ? 'papers.file.remove.sure' : 'papers.file.save.sure')}
        onClose={() => setAsked(null)}
        foot={
          <>
            <Button kind="quiet" onClick={() => setAsked(null)}>
              <Label k="papers.no" />
            </Button>
            <Button
              kind="danger"
              busy={doing.busy}
              onClick={() => {
                const what = asked;
                setAsked(null);
                if (what === 'save' && blob !== null) {
                  // A stranger may have named it, and said what it is (deposits).
                  const safe = safeFile(attachment.name, attachment.media);
                  saveFile(new Blob([blob], { type: safe.media }), safe.name);
                }
                if (what === 'remove') {
                  doing.run(async () => {
                    await removeFile(vault(), id, file);
                    toast(t('papers.file.removed'));
                    back();
                  });
                }
              }}
            >
              {t(asked === 'remove' ? 'papers.file.remove' : 'papers.file.save')}
            </Button>
          </>
        }
      >
        <p>{t(asked === 'remove' ? 'papers.file.remove.text' : 'papers.file.save.text')}</p>
      </Dialog>
    </Screen>
  );
}
