/** A recipient's receipt must lie in this log: if the server left it out, the receipt is the proof. */
import { useState } from 'preact/hooks';
import { checkReceipt } from '../../audit/journal.ts';
import { t } from '../../i18n/index.ts';
import { Busy, Button, Label, Notice, Screen } from '../../ui/kit.tsx';
import { back, go } from '../router.ts';
import { vault } from '../session.ts';
import { TroubleView, useTask } from '../share/task.tsx';
import { useChecked } from './parts.tsx';

export default function Receipt() {
  const task = useTask();
  const log = useChecked(task);
  const [found, setFound] = useState<number | null>(null);
  const pick = (event: { currentTarget: HTMLInputElement }) => {
    const file = event.currentTarget.files?.[0];
    // The same file once more, after it was mended, is a new choice.
    event.currentTarget.value = '';
    if (file === undefined || log === null) return;
    setFound(null);
    void task.run(async () => setFound((await checkReceipt(vault(), log.journal, await file.text())).seq));
  };
  return (
    <Screen title={<Label k="audit.receipt.title" />} back={back}>
      <p>
        <Label k="audit.receipt.text" />
      </p>
      {log === null && task.trouble === null && <Busy text={t('audit.checking')} />}
      {log !== null && (
        <div class="field-box">
          <label for="receipt">
            <Label k="audit.receipt.file" />
          </label>
          <input id="receipt" type="file" accept=".json,application/json" disabled={task.busy} onChange={pick} />
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
