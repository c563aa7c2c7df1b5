/**
 * To another server, or into a fresh wallet with new keys: the same steps in the same order, the old one last. This wallet
 * remembers the archive; what the new one shows is typed here, and only then the old one may end.
 */
import { useEffect, useState } from 'preact/hooks';
import { listing, type Share } from '../../grant/grants.ts';
import { count, type Key, moment, t } from '../../i18n/index.ts';
import { type Code, codes } from '../../inbox/deposits.ts';
import { CHECK_DIGITS, confirmMove, type Move as Moved, moveOf } from '../../store/moving.ts';
import { Button, DigitsField, emptyBlocks, Foreign, isFull, Label, List, Notice, Row, Screen } from '../../ui/kit.tsx';
import { back, go, href } from '../router.ts';
import { codeOf, vault, wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { numberOf } from './words.ts';

const STEPS: readonly { readonly text: Key; readonly to?: string }[] = [
  { text: 'more.move.one', to: 'export' },
  { text: 'more.move.two', to: 'wallets' },
  { text: 'more.move.three' },
  { text: 'more.move.four' },
];

export default function Move() {
  const deed = useDeed();
  const [move, setMove] = useState<(Moved & { readonly changed: boolean }) | null>(null);
  const open = wallet.value;
  const changed = open?.vault.changed.value;
  useEffect(() => {
    if (open !== null) void deed.run(async () => setMove(await moveOf(open.vault)));
  }, [open, changed]);
  if (open === null) return null;
  return (
    <Screen title={<Label k="more.move.title" />} back={back}>
      <p>
        <Label k="more.move.what" />
      </p>
      <List>
        {STEPS.map(({ text, to }, at) => (
          <Row
            key={text}
            title={
              <>
                {numberOf(at + 1)}. <Label k={text} />
              </>
            }
            {...(to === undefined ? {} : { href: href(to) })}
          />
        ))}
      </List>
      <p>
        <Label k="more.move.address" />
      </p>
      <Notice kind="info">
        <Label k="more.move.shares" />
      </Notice>
      <Trouble deed={deed} />
      {move !== null && <Finish move={move} />}
    </Screen>
  );
}

/** What came along, and the question whether the new one holds it. */
function Finish({ move }: { move: Moved & { readonly changed: boolean } }) {
  const deed = useDeed();
  const [typed, setTyped] = useState(() => emptyBlocks(2));
  const [problem, setProblem] = useState<Key | null>(null);
  const [same, setSame] = useState(false);
  const compare = () => {
    setProblem(null);
    if (!isFull(typed, CHECK_DIGITS / 2)) return setProblem('devices.move.type');
    deed.run(async () => {
      try {
        await confirmMove(vault(), typed.join(''));
        setSame(true);
      } catch (error) {
        const code = codeOf(error);
        if (code === 'other-check') setProblem('devices.move.differs');
        else if (code === 'changed-since') setProblem('devices.move.changed');
        else throw error;
      }
    });
  };
  return (
    <section>
      <h2>{t('devices.move.archive', { date: moment(move.exported) })}</h2>
      <ul class="plain-list">
        <li>{count('devices.move.papers', move.papers)}</li>
        <li>{count('devices.move.files', move.files)}</li>
      </ul>
      {move.changed ? (
        <>
          <Notice kind="warn">
            <Label k="devices.move.changed" />
          </Notice>
          <Button icon="save" onClick={() => go('export')}>
            <Label k="more.export.yes" />
          </Button>
        </>
      ) : same ? (
        <>
          <Notice kind="ok">
            <Label k="devices.move.same" />
          </Notice>
          <Ending />
          <Button kind="danger" icon="trash" onClick={() => go('delete')}>
            <Label k="devices.move.end" />
          </Button>
        </>
      ) : (
        <>
          <DigitsField
            label={<Label k="devices.move.type" />}
            help={t('devices.move.where')}
            value={typed}
            onInput={setTyped}
            blocks={2}
            size={CHECK_DIGITS / 2}
            error={problem === null ? undefined : t(problem)}
          />
          <Trouble deed={deed} />
          <Button icon="check" busy={deed.busy} onClick={compare}>
            <Label k="devices.conflict.look" />
          </Button>
        </>
      )}
    </section>
  );
}

/** What ends with the old one: shares that are still running, codes that still take something. */
function Ending() {
  const deed = useDeed();
  const [shares, setShares] = useState<readonly Share[]>([]);
  const [open, setOpen] = useState<readonly Code[]>([]);
  useEffect(() => {
    void deed.run(async () => {
      setShares((await listing(vault())).filter(({ state }) => state === 'active' || state === 'suspended'));
      setOpen((await codes(vault())).filter(({ state }) => state === 'open'));
    });
  }, []);
  return (
    <>
      <Trouble deed={deed} />
      {shares.length > 0 && (
        <>
          <h3>{t('devices.move.ends')}</h3>
          <List>
            {shares.map((one) => (
              <Row key={one.id} icon="share" title={<Foreign text={one.to ?? t('share.anybody')} />} />
            ))}
          </List>
        </>
      )}
      {open.length > 0 && (
        <>
          <h3>{t('devices.move.codes')}</h3>
          <List>
            {open.map((one) => (
              <Row key={one.code} icon="inbox" title={<Foreign text={one.label} />} />
            ))}
          </List>
        </>
      )}
    </>
  );
}
