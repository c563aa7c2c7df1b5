/** The holder shows something of their own accord. First: to whom. */
import { useEffect, useState } from 'preact/hooks';
import { DEFAULT_LINK_LIFE, DEFAULT_LINK_OPENS } from '../../grant/grants.ts';
import { language, t } from '../../i18n/index.ts';
import { Button, Choice, Label, Screen, TextField } from '../../ui/kit.tsx';
import { back, go } from '../router.ts';
import type { Params } from '../routes.ts';
import { FromWhich } from '../whose.tsx';
import { type Giving, give, giving } from './state.ts';
import './share.css';

export function fresh(paper: string | null): Giving {
  return {
    ...{ office: null, name: '', template: null, paper, person: null, picks: [], purpose: '', basis: 'consent' },
    ...{ retention: 'P3M', life: DEFAULT_LINK_LIFE, opens: DEFAULT_LINK_OPENS, passcode: null, standing: false },
    ...{ here: false, meeting: null, prepared: null, language: language.value, anew: null },
  };
}

/** Longer names are no names; the recipient's page shows it in one line. */
const NAME_LENGTH = 80;

/** `#/give` or `#/give/PAPER`: only that paper is offered then. */
export default function Give({ params: [paper] }: { params: Params }) {
  const [whom, setWhom] = useState<'here' | 'office' | 'other' | null>(null);
  useEffect(() => {
    if (giving.value === null || giving.value.paper !== (paper ?? null)) giving.value = fresh(paper ?? null);
  }, [paper]);
  const name = giving.value?.name ?? '';
  const next = () => {
    if (whom === 'office') {
      give({ here: false, meeting: null });
      go('give-office');
    } else if (whom === 'here') {
      give({ office: null, here: true, meeting: null, basis: 'consent', prepared: null });
      go('give-desk');
    } else {
      give({ office: null, here: false, meeting: null, basis: 'consent', prepared: null });
      go(paper === undefined ? 'give-what' : 'give-fields');
    }
  };
  return (
    <Screen
      title={<Label k="share.give.title" />}
      back={back}
      foot={
        <Button disabled={whom === null} onClick={next}>
          <Label k="share.next" />
        </Button>
      }
    >
      <FromWhich />
      <Choice
        label={<Label k="share.give.whom" />}
        value={whom}
        options={[
          { value: 'office', label: t('share.give.office'), note: t('share.give.office.note'), icon: 'office' },
          { value: 'other', label: t('share.give.other'), note: t('share.give.other.note'), icon: 'link' },
          { value: 'here', label: t('share.give.here'), note: t('share.give.here.note'), icon: 'scan' },
        ]}
        onChange={setWhom}
      />
      {(whom === 'other' || whom === 'here') && (
        <TextField
          label={<Label k="share.give.name" />}
          help={<Label k="share.give.name.help" />}
          value={name}
          maxLength={NAME_LENGTH}
          onInput={(value) => give({ name: value, prepared: null })}
        />
      )}
    </Screen>
  );
}
