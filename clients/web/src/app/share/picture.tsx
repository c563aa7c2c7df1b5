/** The copy of a paper that would leave, to be looked at before it does: the very file, painted as pixels (ADR 0019). */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Chosen } from '../../grant/selection.ts';
import { t } from '../../i18n/index.ts';
import { download } from '../../store/files.ts';
import { attachmentsOf } from '../../store/papers.ts';
import { Busy, Foreign, Label, More, Notice } from '../../ui/kit.tsx';
import { isPainted } from '../../viewer/protocol.ts';
import { covered } from '../more/settings.ts';
import { Viewer } from '../papers/viewer.tsx';
import { vault } from '../session.ts';
import { TroubleView, useTask } from './task.tsx';
import '../papers/papers.css';

/** `children`: what else the recipient reads of it, below the picture. */
export function Picture({ slot, children }: { slot: Chosen; children: ComponentChildren }) {
  const task = useTask();
  const [open, setOpen] = useState(false);
  const [blob, setBlob] = useState<Blob | null>(null);
  const { document, file: index } = slot.pick;
  const file = index === null ? undefined : attachmentsOf(vault().item(document).payload)[index];
  if (file === undefined) return null;
  const painted = isPainted(file.media);
  const toggled = (now: boolean) => {
    setOpen(now);
    if (now && blob === null && painted) void task.run(async () => setBlob(await download(vault(), file)));
  };
  return (
    <More icon="eye" label={covered.value && !open ? t('share.copy') : <Foreign text={file.name} />} onToggle={toggled}>
      {open && (
        <>
          {painted ? (
            blob !== null && <Viewer blob={blob} media={file.media} label={file.name} />
          ) : (
            <Notice kind="info">
              <Label k="papers.file.only-save" />
            </Notice>
          )}
          {task.busy && <Busy text={t('papers.file.opening')} />}
          <TroubleView trouble={task.trouble} />
        </>
      )}
      {children}
    </More>
  );
}
