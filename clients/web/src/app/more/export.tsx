/** Everything in one archive that opens without us. The number that opens it is shown once and kept nowhere. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import type { Exported } from '../../store/export.ts';
import { Button, Digits, Label, Notice, Progress, Screen } from '../../ui/kit.tsx';
import { back, replace, useUnsaved } from '../router.ts';
import { wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { save } from './save.ts';
import { groups } from './words.ts';

export default function Export() {
  const deed = useDeed();
  const [share, setShare] = useState(0);
  const [made, setMade] = useState<Exported | null>(null);
  const [saved, setSaved] = useState<readonly string[]>([]);
  useUnsaved(() => deed.busy || made !== null);
  const open = wallet.value;
  if (open === null) return null;
  const make = () =>
    deed.run(async () => {
      setMade(await open.export((_, done, total) => setShare(total === 0 ? 1 : done / total)));
    });
  if (made === null) {
    return (
      <Screen
        key="ask"
        title={<Label k="more.export.title" />}
        back={back}
        foot={
          <Button icon="save" busy={deed.busy} onClick={make}>
            <Label k="more.export.yes" />
          </Button>
        }
      >
        <p>
          <Label k="more.export.what" />
        </p>
        <p>
          <Label k="more.export.two" />
        </p>
        <Trouble deed={deed} />
        {deed.busy && <Progress value={share} label={t('more.export.working')} />}
      </Screen>
    );
  }
  const put = (blob: Blob, name: string) => {
    save(blob, name);
    setSaved([...saved, name]);
  };
  const ready = saved.includes(ARCHIVE) && saved.includes(KEY);
  return (
    <Screen
      key="made"
      title={<Label k="more.export.digits" />}
      foot={
        <>
          <Button icon={saved.includes(ARCHIVE) ? 'check' : 'save'} onClick={() => put(made.sealed, ARCHIVE)}>
            <Label k="more.export.archive" />
          </Button>
          <Button icon={saved.includes(KEY) ? 'check' : 'save'} onClick={() => put(made.key, KEY)}>
            <Label k="more.export.key" />
          </Button>
          <Button kind="quiet" disabled={!ready} onClick={() => replace('more')}>
            <Label k="more.export.done" />
          </Button>
        </>
      }
    >
      <Digits blocks={groups(made.passphrase)} large />
      <Notice kind="warn">
        <Label k="more.export.apart" />
      </Notice>
      <Button kind="quiet" icon="print" onClick={() => print()}>
        <Label k="more.export.print" />
      </Button>
    </Screen>
  );
}

/** Neutral: a file's name is seen by whoever looks at the phone. */
const ARCHIVE = 'mappe.age';
const KEY = 'mappe.key.age';
