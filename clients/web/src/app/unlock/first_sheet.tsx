/** The recovery sheet: on paper by the browser's own print, or by hand; then two of its blocks are asked back. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, DigitsField, Explain, emptyBlocks, isFull, Notice, Screen } from '../../ui/kit.tsx';
import { looksLikeOffice } from './able.ts';
import { Sheet, type SheetSecrets } from './sheet.tsx';

type MakeProps = { secrets: SheetSecrets; onDone: () => void; onLater: () => void };

export function MakeSheet({ secrets, onDone, onLater }: MakeProps) {
  const [way, setWay] = useState<'none' | 'printed' | 'hand'>('none');
  const [office] = useState(looksLikeOffice);
  const print = () => {
    setWay('printed');
    window.print();
  };
  const ready = way !== 'none';
  return (
    <Screen
      key="sheet"
      title={t('unlock.first.sheet')}
      foot={
        <>
          {ready && <Button onClick={onDone}>{t('unlock.first.next')}</Button>}
          <Button kind={ready ? 'quiet' : 'primary'} icon="print" onClick={print}>
            {t('unlock.first.print')}
          </Button>
          {way !== 'hand' && (
            <Button kind="quiet" icon="edit" onClick={() => setWay('hand')}>
              {t('unlock.first.hand')}
            </Button>
          )}
          {!ready && (
            <Button kind="quiet" onClick={onLater}>
              {t('unlock.first.later')}
            </Button>
          )}
        </>
      }
    >
      <div class="unprinted">
        <Explain k="unlock.first.sheet2" />
        {office && <Notice kind="warn">{t('unlock.first.office')}</Notice>}
      </div>
      <Sheet secrets={secrets} shown={way === 'hand'} />
    </Screen>
  );
}

/** Two different places of the sheet, never asked in an order that can be guessed. */
function twoOf(count: number): [number, number] {
  const [a, b] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  const first = a % count;
  const second = (first + 1 + (b % (count - 1))) % count;
  return first < second ? [first, second] : [second, first];
}

type ProveProps = { blocks: readonly string[]; onDone: () => unknown; onBack: () => void };

export function ProveSheet({ blocks, onDone, onBack }: ProveProps) {
  const [places] = useState(() => twoOf(blocks.length));
  const [typed, setTyped] = useState(emptyBlocks(2));
  const [wrong, setWrong] = useState<number[]>([]);
  const numbers = places.map((place) => place + 1);
  const submit = (event: Event) => {
    event.preventDefault();
    const bad = numbers.filter((_, at) => typed[at] !== blocks[places[at] as number]);
    setWrong(bad);
    if (bad.length === 0) onDone();
  };
  const type = (next: string[]) => {
    setWrong([]);
    setTyped(next);
  };
  return (
    <Screen key="proof" title={t('unlock.first.proof2')} back={onBack}>
      <form onSubmit={submit} class="wide-buttons" autocomplete="off">
        <DigitsField
          label={<span class="unseen">{t('unlock.first.proof2')}</span>}
          value={typed}
          onInput={type}
          blocks={2}
          size={6}
          numbers={numbers}
          wrong={wrong}
        />
        <Button type="submit" icon="check" disabled={!isFull(typed, 6)}>
          {t('unlock.first.check')}
        </Button>
      </form>
    </Screen>
  );
}
