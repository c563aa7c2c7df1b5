/** Out of quarantine: what kind of paper, whose, and its name. The paper is written before the quarantine lets go. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { keep } from '../../inbox/deposits.ts';
import { people } from '../../store/papers.ts';
import { Button, Choice, Foreign, Label, Notice, Screen, TextField, toast } from '../../ui/kit.tsx';
import { Trouble, useDeed } from '../more/deed.tsx';
import { personName } from '../papers/common.tsx';
import { back, replace, useUnsaved } from '../router.ts';
import type { Params } from '../routes.ts';
import { wallet } from '../session.ts';
import { nameOf } from './list.tsx';
import { find, refresh } from './state.ts';
import { OTHER, TypePicker } from './types.tsx';

/** Characters of a title. */
const TITLE = 120;
/** The holder's own papers name no person. */
const ME = 'me';

export default function Keep({ params }: { params: Params }) {
  const deed = useDeed();
  const one = find(params[0], params[1]);
  const [title, setTitle] = useState(one === undefined ? '' : withoutEnding(nameOf(one)));
  const [type, setType] = useState(OTHER);
  const [person, setPerson] = useState(ME);
  const [touched, setTouched] = useState(false);
  useUnsaved(() => touched && !deed.busy);
  const open = wallet.value?.vault;
  if (open === undefined || one === undefined) {
    return (
      <Screen title={<Label k="inbox.item.title" />} back={back}>
        <Notice kind="info">{t('inbox.gone')}</Notice>
      </Screen>
    );
  }
  const family = people(open);
  const save = () =>
    deed.run(async () => {
      const paper = await keep(open, one, {
        type,
        title: title.trim() || nameOf(one),
        ...(person === ME ? {} : { person }),
      });
      setTouched(false);
      await refresh(open).catch(() => undefined);
      toast(t('inbox.kept'));
      replace('paper', paper);
    });
  return (
    <Screen
      title={<Label k="inbox.what" />}
      back={back}
      foot={
        <Button icon="check" busy={deed.busy} onClick={save}>
          <Label k="inbox.keep" />
        </Button>
      }
    >
      <Trouble deed={deed} />
      <TypePicker
        value={type}
        onChange={(next) => {
          setTouched(true);
          setType(next);
        }}
      />
      {family.length > 0 && (
        <Choice
          label={<Label k="inbox.whose" />}
          value={person}
          onChange={setPerson}
          options={[
            { value: ME, label: personName(null) },
            ...family.map((row) => ({ value: row.id, label: <Foreign text={personName(row.id)} /> })),
          ]}
        />
      )}
      <TextField
        label={<Label k="inbox.called" />}
        value={title}
        onInput={(next) => {
          setTouched(true);
          setTitle(next);
        }}
        maxLength={TITLE}
      />
    </Screen>
  );
}

/** `Zeugnis.jpg` → `Zeugnis`: an ending is nothing that a person calls a paper by. */
function withoutEnding(name: string): string {
  return name.replace(/\.[A-Za-z0-9]{1,5}$/, '');
}
