/** Who vouches for the list of offices: sixteen characters to compare with the paper at the advice office. */
import { useEffect, useState } from 'preact/hooks';
import { type PinnedRoots, pinnedRoots, pinRoots } from '../../grant/registry.ts';
import { moment, t } from '../../i18n/index.ts';
import { FileButton } from '../../scan/file.tsx';
import { Button, Digits, Label, Notice, Screen, toast } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import { vault } from '../session.ts';
import { TroubleView, useTask } from './task.tsx';

/** A roots file has three keys: a few hundred bytes. What is larger is something else. */
const MAX_FILE = 8 * 1024;

export default function Roots() {
  const task = useTask();
  const [pinned, setPinned] = useState<PinnedRoots | null>(null);
  const [file, setFile] = useState<Uint8Array | null>(null);
  useEffect(() => {
    void task.run(async () => setPinned(await pinnedRoots(vault())));
  }, []);
  const pin = (bytes: Uint8Array, replace: boolean) =>
    task.run(async () => {
      setPinned(await pinRoots(vault(), bytes, { replace }));
      setFile(null);
      toast(t('share.roots.kept'));
    });
  const pick = async (chosen: File) => {
    const bytes = new Uint8Array(await chosen.slice(0, MAX_FILE).arrayBuffer());
    setFile(bytes);
    await pin(bytes, false);
  };
  const other = task.trouble?.code === 'roots-pinned';
  return (
    <Screen title={<Label k="share.roots.title" />} back={back}>
      <p>
        <Label k="share.roots.text" />
      </p>
      {pinned === null ? (
        <Notice kind="info">
          <Label k="share.roots.none" />
        </Notice>
      ) : (
        <>
          <p class="clerk-digits">
            <Digits blocks={pinned.fingerprint.split('-')} />
          </p>
          <p>
            <bdi>{pinned.bundle}</bdi> · {moment(pinned.since)}
          </p>
        </>
      )}
      <div class="wide-buttons">
        <FileButton
          icon="upload"
          label={<Label k="share.roots.file" />}
          accept=".json,application/json"
          busy={task.busy}
          onFile={pick}
        />
      </div>
      {other ? (
        <Notice kind="alarm" title={t('share.roots.other')}>
          <p>
            <Digits blocks={String(task.trouble?.members.shown ?? '').split('-')} />
          </p>
          <Button kind="danger" onClick={() => (file === null ? undefined : pin(file, true))}>
            <Label k="share.roots.replace" />
          </Button>
        </Notice>
      ) : (
        <TroubleView trouble={task.trouble} />
      )}
    </Screen>
  );
}
