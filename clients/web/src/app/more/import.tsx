/** An archive comes in: two files and the number that opens them. Everything is checked before anything is sent. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { FileButton } from '../../scan/file.tsx';
import { importWallet } from '../../store/export.ts';
import type { Content } from '../../store/moving.ts';
import { Button, DigitsField, emptyBlocks, Foreign, isFull, Label, Progress, Screen } from '../../ui/kit.tsx';
import { back, useUnsaved } from '../router.ts';
import { wallet } from '../session.ts';
import { Anew, Came } from './came.tsx';
import { Trouble, useDeed } from './deed.tsx';
import { PASSPHRASE_BLOCKS, PASSPHRASE_SIZE } from './proof.tsx';

export default function Import() {
  const deed = useDeed();
  const [sealed, setSealed] = useState<File | null>(null);
  const [key, setKey] = useState<File | null>(null);
  const [digits, setDigits] = useState(() => emptyBlocks(PASSPHRASE_BLOCKS));
  const [missing, setMissing] = useState(false);
  const [share, setShare] = useState(0);
  const [came, setCame] = useState<Content | null>(null);
  useUnsaved(() => deed.busy);
  const open = wallet.value;
  if (open === null) return null;
  if (came !== null) return <Came content={came} />;
  const bring = () => {
    if (sealed === null || key === null || !isFull(digits, PASSPHRASE_SIZE)) return setMissing(true);
    setMissing(false);
    deed.run(async () => {
      const told = (_: string, done: number, total: number) => setShare(total === 0 ? 1 : done / total);
      setCame(await importWallet(open.vault, { sealed, key }, digits.join(''), told));
    });
  };
  return (
    <Screen
      title={<Label k="more.import.title" />}
      back={back}
      foot={
        <Button icon="upload" busy={deed.busy} onClick={bring}>
          <Label k="more.import.yes" />
        </Button>
      }
    >
      <Trouble deed={deed} />
      <FileField k="more.import.archive" file={sealed} onFile={setSealed} />
      <FileField k="more.import.key" file={key} onFile={setKey} />
      <DigitsField
        label={<Label k="more.import.digits" />}
        value={digits}
        onInput={setDigits}
        blocks={PASSPHRASE_BLOCKS}
        size={PASSPHRASE_SIZE}
        error={missing ? t('more.import.both') : undefined}
      />
      {deed.busy && <Progress value={share} label={t('more.import.working')} />}
      {!deed.busy && <Anew />}
    </Screen>
  );
}

type FileFieldProps = {
  readonly k: 'more.import.archive' | 'more.import.key';
  readonly file: File | null;
  readonly onFile: (file: File) => void;
};

/** Says which file was taken: two that look alike are easily mixed up. */
function FileField({ k, file, onFile }: FileFieldProps) {
  return (
    <div class="field-box wide-buttons">
      <FileButton label={<Label k={k} />} icon={file === null ? 'paper' : 'check'} accept=".age" onFile={onFile} />
      {file !== null && (
        <p role="status">
          <Foreign text={file.name} />
        </p>
      )}
    </div>
  );
}
