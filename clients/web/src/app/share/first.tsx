/**
 * The first share, right after the first paper: the paper that was just photographed, as a picture, for whoever gets the
 * link. One question; everything else is what is careful (one open, a passcode, a week), and the preview shows it all.
 */
import { useState } from 'preact/hooks';
import { pickFile } from '../../grant/selection.ts';
import { t } from '../../i18n/index.ts';
import { Button, Choice, Label, Screen } from '../../ui/kit.tsx';
import { go, replace } from '../router.ts';
import type { Params } from '../routes.ts';
import { fresh } from './give.tsx';
import { PURPOSES } from './give-end.tsx';
import { giving } from './state.ts';
import './share.css';

type Purpose = keyof typeof PURPOSES;

export default function First({ params: [paper = ''] }: { params: Params }) {
  const [purpose, setPurpose] = useState<Purpose | null>(null);
  const look = () => {
    if (purpose === null) return;
    giving.value = { ...fresh(paper), picks: [pickFile(paper, 0)], purpose: PURPOSES[purpose], passcode: true };
    go('give-preview');
  };
  return (
    <Screen
      title={<Label k="share.what.title" />}
      foot={
        <>
          <Button disabled={purpose === null} onClick={look}>
            <Label k="share.next" />
          </Button>
          <Button kind="quiet" onClick={() => replace('paper', paper)}>
            <Label k="unlock.first.later" />
          </Button>
        </>
      }
    >
      <Choice
        label={<span class="unseen">{t('share.purpose')}</span>}
        value={purpose}
        options={(Object.keys(PURPOSES) as Purpose[]).map((one) => ({ value: one, label: t(`share.purpose.${one}`) }))}
        onChange={setPurpose}
        columns
      />
    </Screen>
  );
}
