/** Running and ended shares: what the vault knows (recipient, fields) beside what the server says (state, opens, tries). */
import * as promises from '../audit/promises.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { id, integer, list, maybe, nullable, one, open, text, time } from '../formats/shape.ts';
import type { Item, Vault } from '../store/vault.ts';
import { type Own, readOwn } from './own.ts';

const rowShape = open({
  id,
  version: integer(1),
  state: one('active', 'suspended', 'ended'),
  reason: maybe(nullable(text)),
  exp: time,
  opens: integer(),
  opens_used: integer(),
  tries_left: maybe(nullable(integer())),
  peeks: integer(),
  created: time,
});
const listShape = open({ grants: list(rowShape) });
type Row = ReturnType<typeof rowShape>;

export type Share = {
  readonly id: string;
  /** '': whoever has the link. null: the vault has no record of it. */
  readonly to: string | null;
  readonly address: string | null;
  readonly agency: string | null;
  readonly purpose: string;
  /** slot id → `type.field` */
  readonly slots: Readonly<Record<string, string>>;
  readonly created: number | null;
  readonly exp: number | null;
  readonly standing: boolean;
  readonly passcode: string | null;
  /** `unknown`: the server was not asked. */
  readonly state: 'active' | 'suspended' | 'ended' | 'unknown';
  readonly reason: string | null;
  readonly opens: number | null;
  readonly opensUsed: number | null;
  /** No further open; one that runs may still go on for its minutes. */
  readonly usedUp: boolean;
  readonly triesLeft: number | null;
  readonly peeks: number | null;
  readonly version: number | null;
};

/** Every grant, newest first. `offline`: only what the vault knows. Rows that the vault does not know have `to` null. */
export async function listing(vault: Vault, options: { readonly offline?: boolean } = {}): Promise<Share[]> {
  const rows = new Map<string, Row>();
  if (options.offline !== true) {
    for (const row of (await vault.server.get('/v1/grants', listShape)).grants) rows.set(row.id, row);
  }
  const shares: Share[] = [];
  for (const item of vault.items('grant')) {
    const row = rows.get(item.id);
    rows.delete(item.id);
    const asked = options.offline !== true;
    shares.push(
      share(
        item.id,
        known(() => readOwn(item)),
        row,
        asked ? { state: 'ended', reason: 'gone' } : null,
      ),
    );
  }
  for (const [grant, row] of rows) shares.push(share(grant, null, row, null));
  return shares.sort((a, b) => (b.created ?? 0) - (a.created ?? 0));
}

function known(read: () => Own): Own | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof HolderError) return null;
    throw error;
  }
}

type Absent = { readonly state: 'ended'; readonly reason: string } | null;

function share(grant: string, own: Own | null, row: Row | undefined, absent: Absent): Share {
  return {
    id: grant,
    to: own?.to.name ?? null,
    address: own?.to.address ?? null,
    agency: own?.to.agency ?? null,
    purpose: own?.purpose ?? '',
    slots: own?.slots ?? {},
    created: row?.created ?? own?.created ?? null,
    exp: row?.exp ?? own?.exp ?? null,
    standing: own?.standing ?? false,
    passcode: own?.passcode ?? null,
    state: row?.state ?? absent?.state ?? 'unknown',
    reason: row?.reason ?? absent?.reason ?? null,
    opens: row?.opens ?? null,
    opensUsed: row?.opens_used ?? null,
    usedUp: row !== undefined && row.opens > 0 && row.opens_used >= row.opens,
    triesLeft: row?.tries_left ?? null,
    peeks: row?.peeks ?? null,
    version: row?.version ?? own?.version ?? null,
  };
}

/** Ids a request. */
const END_AT_ONCE = 100;
const endShape = open({ ended: list((value) => String(value)), receipts: list(open({})) });

/** Ends grants at once, no reason asked; the ids that ended. */
export async function end(vault: Vault, grants: readonly string[]): Promise<string[]> {
  const ended: string[] = [];
  for (let at = 0; at < grants.length; at += END_AT_ONCE) {
    const ids = grants.slice(at, at + END_AT_ONCE);
    const answer = await vault.server.post('/v1/grants/end', { ids }, endShape);
    if (answer.receipts.length !== answer.ended.length) throw new ServerLied('promise-mismatch', { why: 'missing' });
    for (const [n, receipt] of answer.receipts.entries()) {
      await promises.keep(vault, receipt, { grant: answer.ended[n] }, 'grant-ended');
    }
    ended.push(...answer.ended);
  }
  return ended;
}

/** HolderError `no-such-share`. */
export function own(vault: Vault, grant: string): Item {
  const item = vault.items('grant').find((one) => one.id === grant);
  if (item === undefined) throw new HolderError('no-such-share', { grant });
  return item;
}

/** Standing shares that show something of this paper and have time left: after an edit they can be brought up to date. */
export function standingWith(vault: Vault, document: string): string[] {
  const now = vault.server.now();
  return vault.items('grant').flatMap((item) => {
    const own = known(() => readOwn(item));
    const shows = own?.standing === true && own.exp > now && own.picks.some((pick) => pick.document === document);
    return shows ? [item.id] : [];
  });
}

/** All running shares of one recipient (agency id, or the name of a link's recipient), or of everybody; what ended. */
export async function endAll(
  vault: Vault,
  recipient: { readonly agency?: string; readonly name?: string } = {},
): Promise<string[]> {
  const { agency, name } = recipient;
  const running = (await listing(vault)).filter(
    (one) =>
      one.state !== 'ended' &&
      (agency === undefined || one.agency === agency) &&
      (name === undefined || (one.agency === null && one.to === name)),
  );
  return running.length === 0
    ? []
    : end(
        vault,
        running.map((one) => one.id),
      );
}
