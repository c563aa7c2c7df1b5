/** What an office signs: read before it is taken over; its marks go to the values, its paper to the papers. */
import { useEffect, useState } from 'preact/hooks';
import { HolderError } from '../../errors.ts';
import { t } from '../../i18n/index.ts';
import type { Received } from '../../inbox/deposits.ts';
import { openStatement, type Said, type Told, takeStatement } from '../../inbox/statements.ts';
import { date, line, show } from '../../redeem/value.ts';
import { Button, Foreign, Label, Masked, Notice, Screen, toast } from '../../ui/kit.tsx';
import { Trouble, useDeed } from '../more/deed.tsx';
import { covered } from '../more/settings.ts';
import { back, replace } from '../router.ts';
import { wallet } from '../session.ts';
import { slotNamed } from '../share/names.ts';
import { Discard } from './discard.tsx';
import { fromOf, nameOf } from './list.tsx';
import { refresh, registryNow } from './state.ts';

const SAYS = { 'seen-in-original': 'mark.seen', issued: 'mark.issued', agreed: 'mark.agreed' } as const;
/** What is wrong with the statement itself; anything else (no network, a server that lies) is said as everywhere. */
const MISFITS = ['mark-mismatch', 'unknown-agency', 'malformed', 'too-large', 'bad-signature', 'header-mismatch'];
const OVER = ['expired', 'not-yet', 'unsupported-suite', 'no-statement'];

export function Statement({ one }: { one: Received }) {
  const deed = useDeed();
  const [told, setTold] = useState<Told | null>(null);
  const [misfit, setMisfit] = useState(false);
  const vault = wallet.value?.vault;
  const known = one.sender !== null;
  useEffect(() => {
    if (vault === undefined || !known) return;
    deed.run(async () => {
      const registry = await registryNow(vault);
      if (registry === null) throw new HolderError('no-registry');
      try {
        setTold(await openStatement(vault, one, registry));
      } catch (error) {
        if (!(error instanceof HolderError && [...MISFITS, ...OVER].includes(error.code))) throw error;
        setMisfit(true);
      }
    });
  }, [vault, one.item]);
  const take = () =>
    deed.run(async () => {
      if (vault === undefined || told === null) return;
      const [paper] = await takeStatement(vault, one, told);
      await refresh(vault).catch(() => undefined);
      toast(t('inbox.taken'));
      if (paper === undefined) replace('inbox');
      else replace('paper', paper);
    });
  return (
    <Screen
      title={<Foreign text={told?.title ?? nameOf(one)} />}
      back={back}
      foot={
        <>
          {told !== null && (
            <Button icon="check" busy={deed.busy} onClick={take}>
              <Label k="inbox.take" />
            </Button>
          )}
          <Discard one={one} deed={deed} />
        </>
      }
    >
      <Trouble deed={deed} />
      <Notice kind={known ? 'ok' : 'warn'}>
        <Foreign text={fromOf(one)} />
      </Notice>
      {!known && <Notice kind="warn">{t('inbox.statement.nobody')}</Notice>}
      {misfit && <Notice kind="warn">{t('inbox.statement.misfit')}</Notice>}
      {known && !misfit && (
        <p>
          <Label k={one.manifest?.kind === 'credential' ? 'inbox.statement.credential' : 'inbox.statement.mark'} />
        </p>
      )}
      {told !== null && (
        <dl class="facts">
          {told.said.map((row) => (
            <Row key={row.field} row={row} sender={one.sender ?? ''} />
          ))}
        </dl>
      )}
    </Screen>
  );
}

function Row({ row, sender }: { row: Said; sender: string }) {
  const { field, spec } = slotNamed(row.field);
  const value = line(show(row.value, spec));
  const on = date(new Date(row.time * 1000).toISOString().slice(0, 10));
  return (
    <div>
      <dt>
        <Foreign text={field} />
      </dt>
      <dd>{covered.value ? <Masked value={value} label={field} /> : <Foreign text={value} />}</dd>
      <dd class="note">
        <Foreign text={t(SAYS[row.says], { name: sender, date: on })} />
      </dd>
    </div>
  );
}
