/** Out of quarantine: what kind of paper, whose, and its name. The paper is written before the quarantine lets go. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { keep } from '../../inbox/deposits.ts';
import { Button, Choice, Label, Notice, Screen, TextField, toast } from '../../ui/kit.tsx';
import { Trouble, useDeed } from '../more/deed.tsx';
import { back, replace, useUnsaved } from '../router.ts';
import type { Params } from '../routes.ts';
import { wallet } from '../session.ts';
import { nameOf } from './list.tsx';
import { find, refresh } from './state.ts';
import { OTHER, TypePicker } from './types.tsx';

/** Characters of a title. */
const TITLE = 120;

export default function Keep({ params }: { params: Params }) {
  const deed = useDeed();
  const one = find(params[0], params[1]);
  const [title, setTitle] = useState(one === undefined ? '' : withoutEnding(nameOf(one)));
  const [type, setType] = useState(OTHER);
  const [person, setPerson] = useState<string | null>(null);
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
  const people = open.items('person');
  const save = () =>
    deed.run(async () => {
      const paper = await keep(open, one, {
        type,
        title: title.trim() || nameOf(one),
        ...(person === null ? {} : { person }),
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
      {people.length > 1 && (
        <Choice
          label={<Label k="inbox.whose" />}
          value={person}
          onChange={setPerson}
          options={people.map((row) => ({
            value: row.id,
            label: <bdi dir="auto">{String(row.payload.label ?? '')}</bdi>,
          }))}
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
