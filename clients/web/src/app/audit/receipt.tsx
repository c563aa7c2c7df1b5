/** A recipient's receipt must lie in this log: if the server left it out, the receipt is the proof. */
import { useState } from 'preact/hooks';
import { checkReceipt, MAX_RECEIPT } from '../../audit/journal.ts';
import { t } from '../../i18n/index.ts';
import { FileButton } from '../../scan/file.tsx';
import { Busy, Button, Label, Notice, Screen } from '../../ui/kit.tsx';
import { back, go } from '../router.ts';
import { vault } from '../session.ts';
import { TroubleView, useTask } from '../share/task.tsx';
import { useChecked } from './parts.tsx';

export default function Receipt() {
  const task = useTask();
  const log = useChecked(task);
  const [found, setFound] = useState<number | null>(null);
  const pick = (file: File) => {
    if (log === null) return;
    setFound(null);
    void task.run(async () => {
      const receipt = await file.slice(0, MAX_RECEIPT + 1).text(); // a film chosen by mistake is not read
      setFound((await checkReceipt(vault(), log.journal, receipt)).seq);
    });
  };
  return (
    <Screen title={<Label k="audit.receipt.title" />} back={back}>
      <p>
        <Label k="audit.receipt.text" />
      </p>
      {log === null && task.trouble === null && <Busy text={t('audit.checking')} />}
      {log !== null && (
        <div class="wide-buttons">
          <FileButton
            icon="upload"
            label={<Label k="audit.receipt.file" />}
            accept=".json,application/json"
            busy={task.busy}
            onFile={pick}
          />
        </div>
      )}
      {found !== null && (
        <Notice kind="ok" title={t('audit.receipt.found')}>
          <Button kind="quiet" icon="next" onClick={() => go('audit-entry', String(found))}>
            <Label k="audit.entry.title" />
          </Button>
        </Notice>
      )}
      <TroubleView trouble={task.trouble} />
    </Screen>
  );
}
