/** What can be checked: server, newest change, public log, who signs the list of offices, this app; and what is not checked. */
import { useEffect, useState } from 'preact/hooks';
import { list, open as shape, text } from '../../formats/shape.ts';
import { pinnedRoots } from '../../grant/registry.ts';
import { bytes, t } from '../../i18n/index.ts';
import { Button, Label, Notice, Screen, TextField, toast } from '../../ui/kit.tsx';
import type { Status } from '../../unlock/wallet.ts';
import { back } from '../router.ts';
import { wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { pinnedTree } from './tree.ts';
import { appVersion } from './version.ts';
import { numberOf } from './words.ts';

type Facts = {
  readonly status: Status;
  readonly witnesses: readonly string[];
};
type Kept = { readonly tree: { size: number; root: string } | null; readonly roots: string | null };

export default function About() {
  const deed = useDeed();
  const [facts, setFacts] = useState<Facts | null>(null);
  const [version, setVersion] = useState('…');
  const [kept, setKept] = useState<Kept | null>(null);
  const open = wallet.value;
  useEffect(() => {
    if (open === null) return;
    const { vault } = open;
    appVersion().then(setVersion);
    // What this device has verified is shown without a network as well.
    Promise.all([pinnedTree(vault), pinnedRoots(vault)]).then(
      ([tree, roots]) => setKept({ tree, roots: roots?.fingerprint ?? null }),
      () => setKept({ tree: null, roots: null }),
    );
    deed.run(async () => {
      const { witnesses } = await vault.server.get('/v1/meta', shape({ witnesses: list(text) }));
      setFacts({ status: await open.status(), witnesses });
    });
  }, [open]);
  if (open === null) return null;
  const unread = t('more.about.unread');
  // Witnesses that the operator itself names are no witnesses: none is built in yet.
  return (
    <Screen title={<Label k="more.about.title" />} back={back}>
      <Notice kind="warn">
        <Label k="more.about.witness" />
      </Notice>
      <dl class="facts">
        <Fact name={t('more.about.server')} value={open.profile.origin} machine />
        <Fact name={t('more.about.number')} value={numberOf(open.vault.number)} />
        <Fact name={t('more.about.papers')} value={numberOf(open.vault.items('document').length)} />
        <Fact name={t('more.about.checkpoint')} value={kept?.tree ? numberOf(kept.tree.size) : unread} />
        <Fact name={t('more.about.checkpoint.root')} value={kept?.tree?.root ?? unread} machine={kept?.tree != null} />
        <Fact
          name={t('more.about.roots')}
          value={kept?.roots ?? t('more.about.roots.none')}
          machine={kept?.roots != null}
        />
        <Fact name={t('more.about.version')} value={version} machine />
        {facts !== null && (
          <Fact
            name={t('more.about.room')}
            value={`${bytes(facts.status.bytes_used)} / ${bytes(facts.status.bytes_allowed)}`}
          />
        )}
      </dl>
      <p>
        <Label k="more.about.limits" />
      </p>
      <Trouble deed={deed} />
      <Invite />
    </Screen>
  );
}

/** `machine`: letters and digits to compare, always from left to right; the rest is text of the person's language. */
function Fact({ name, value, machine = false }: { name: string; value: string; machine?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{machine ? <bdi dir="ltr">{value}</bdi> : value}</dd>
    </div>
  );
}

function Invite() {
  const deed = useDeed();
  const [code, setCode] = useState('');
  const use = () =>
    deed.run(async () => {
      await wallet.value?.invite(code);
      setCode('');
      toast(t('more.about.invite.done'));
    });
  return (
    <details>
      <summary>{t('more.about.invite')}</summary>
      <Trouble deed={deed} />
      <TextField
        label={<Label k="more.about.invite" />}
        help={t('more.about.invite.help')}
        value={code}
        onInput={setCode}
        dir="ltr"
      />
      <Button kind="quiet" busy={deed.busy} disabled={code.trim() === ''} onClick={use}>
        <Label k="more.about.invite.use" />
      </Button>
    </details>
  );
}
