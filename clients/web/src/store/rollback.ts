/**
 * After a restore: the server shows an older state than this device knows (chain.md, "Newer state").
 *
 *     look   → how far the server is behind, if what it shows lies on the chain that this device has seen
 *     offer  → the changes that this device has signed since then, sent again as they were
 *
 * A change is never signed anew on an older head: other devices hold the old one, and would call it a fork. Sent again
 * verbatim, each change is exactly the next, and afterwards every device is where it was.
 */
import { keep as keepPromise } from '../audit/promises.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { changeHash, readChange } from '../formats/chain.ts';
import { newId } from '../formats/encoding.ts';
import { open, text } from '../formats/shape.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import { KEPT_CHANGES, kept } from './kept.ts';
import { type Vault, verified } from './vault.ts';

/** The server is at `shown`, this device at `known`; `ready` of the changes between lie here in a row. */
export type Gap = { readonly shown: number; readonly known: number; readonly ready: number; readonly whole: boolean };

const headAnswer = open({ head: open({ change: text }) });

async function measure(vault: Vault): Promise<(Gap & { readonly bodies: readonly JsonObject[] }) | null> {
  const { profile, genesis } = vault;
  const answer = await vault.server.post('/v1/sync', { since: null, nonce: newId() }, headAnswer);
  const head = await verified(() => readChange(answer.head.change, genesis.key));
  if (head.wallet !== profile.wallet || head.number >= profile.pin.number) return null;
  let last = await changeHash(answer.head.change);
  if (profile.pin.ancestors.get(head.number) !== last) throw new ServerLied('forked');
  const bodies: JsonObject[] = [];
  for (let number = head.number + 1; number <= profile.pin.number; number++) {
    const body = await kept(vault.shelf, profile.wallet, number);
    const token = typeof body?.change === 'string' ? body.change : '';
    const change = await readChange(token, genesis.key).catch(() => null);
    if (body === undefined || change?.number !== number || change.parent !== last) break;
    last = await changeHash(token);
    bodies.push(body);
  }
  const known = profile.pin.number;
  const whole = bodies.length === known - head.number;
  // what lies here is not what came to be
  if (whole && last !== profile.pin.head) return { shown: head.number, known, ready: 0, whole: false, bodies: [] };
  return { shown: head.number, known, ready: bodies.length, whole, bodies };
}

/** null: the server is not behind. ServerLied `forked` where it shows what this device has never seen. */
export async function look(vault: Vault): Promise<Gap | null> {
  return vault.exclusive(async () => {
    const found = await measure(vault);
    if (found === null) return null;
    const { bodies: _, ...gap } = found;
    return gap;
  });
}

/**
 * Sends again what the server lacks; how many changes. Ask the holder before; a step that breaks off is simply taken again.
 * HolderError `newer-elsewhere` {sent, missing, kept} when the next change was signed on another device, or too long ago.
 */
export async function offer(vault: Vault): Promise<number> {
  const sent = await vault.exclusive(async () => {
    const gap = await measure(vault);
    if (gap === null) return 0;
    for (const [at, body] of gap.bodies.entries()) {
      const answer = await vault.server.post('/v1/changes', body);
      const number = gap.shown + 1 + at;
      await keepPromise(vault, answer, { detail: { number } }, 'vault-changed', 'method-changed');
    }
    if (!gap.whole) {
      const missing = gap.shown + gap.ready + 1;
      throw new HolderError('newer-elsewhere', { sent: gap.ready, missing, kept: KEPT_CHANGES });
    }
    return gap.ready;
  });
  if (sent > 0) await vault.sync();
  return sent;
}
