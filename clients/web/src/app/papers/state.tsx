/** Is it here, applied for, replaced by a newer one, or can it not be had? */
import { useState } from 'preact/hooks';
import { words } from '../../i18n/fields.ts';
import { t } from '../../i18n/index.ts';
import { replaceable, replace as replaceOlder, type State, setState, textOf } from '../../store/papers.ts';
import { Button, Choice, Label, Screen, toast } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { Gone, titleOf, useDoing, useItem } from './common.tsx';
import { Select } from './inputs.tsx';
import './papers.css';

const STATES: readonly State[] = ['present', 'applied', 'superseded', 'not-obtainable'];

export default function StateScreen({ params: [id = ''] }: { params: Params }) {
  const item = useItem(id);
  const [chosen, setChosen] = useState<State | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const [substitute, setSubstitute] = useState<string | null>(null);
  const [older, setOlder] = useState('');
  const doing = useDoing();
  if (item === null) return <Gone />;
  const before = item.payload.not_obtainable as { reason?: string; substitute?: string } | undefined;
  const state = chosen ?? (textOf(item.payload, 'state') as State);
  const why = reason ?? before?.reason ?? '';
  const instead = substitute ?? before?.substitute ?? '';
  const candidates = replaceable(vault(), id);
  const save = () =>
    doing.run(async () => {
      const { substitute: _, ...rest } = { reason: why || 'other', substitute: instead };
      await setState(vault(), id, state, instead === '' ? rest : { ...rest, substitute: instead });
      if (older !== '') await replaceOlder(vault(), id, older);
      toast(t('papers.saved'));
      back();
    });
  return (
    <Screen
      title={<Label k="papers.state" />}
      back={back}
      foot={
        <Button busy={doing.busy} icon="check" onClick={save}>
          <Label k="papers.save" />
        </Button>
      }
    >
      {doing.problem}
      <Choice
        label={<Label k="papers.state.which" />}
        options={STATES.map((value) => ({
          value,
          label: t(`papers.state.${value}`),
          note: t(`papers.state.note.${value}`),
        }))}
        value={state}
        onChange={setChosen}
      />
      {state === 'not-obtainable' && (
        <>
          <Select
            label={<Label k="papers.reason" />}
            options={Object.entries(words('missing_reason'))}
            value={why}
            onChange={setReason}
          />
          <Select
            label={<Label k="papers.substitute" />}
            options={Object.entries(words('substitute'))}
            value={instead}
            onChange={setSubstitute}
            none={t('papers.substitute.none')}
          />
        </>
      )}
      {state === 'present' && candidates.length > 0 && (
        <Select
          label={<Label k="papers.replaces" />}
          help={t('papers.replaces.help')}
          options={candidates.map((one) => [one.id, titleOf(one.payload)] as const)}
          value={older}
          onChange={setOlder}
          none={t('papers.replaces.none')}
        />
      )}
    </Screen>
  );
}
