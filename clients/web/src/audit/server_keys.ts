/**
 * The server's public keys as this device first saw them, and the answers that are checked with them. Promise keys may be
 * added; the log's key is the log's identity and never changes unnoticed. Twin of mappe.recipient.server_keys.
 */
import { Server } from '../api/http.ts';
import { sha256 } from '../crypto/primitives.ts';
import { ServerLied } from '../errors.ts';
import { type Bytes, b64u, concat, unb64u, utf8 } from '../formats/encoding.ts';
import { Refusal, refuse } from '../formats/errors.ts';
import { thumbprint } from '../formats/jws.ts';
import { edText } from '../formats/keys.ts';
import { type Checkpoint, checkCheckpoint, consistencyHolds, inclusionHolds, treeRoot } from '../formats/log.ts';
import { closed, hash, integer, just, list, nullable, open, text, time } from '../formats/shape.ts';
import type { Shelf } from '../store/shelf.ts';
import { alone, Pins } from './pins.ts';

const metaShape = open({
  origin: text,
  keys: list(
    open({
      kid: hash,
      use: text,
      jwk: closed({ kty: just('OKP'), crv: just('Ed25519'), x: edText }),
      retired: nullable(time),
    }),
  ),
  log: open({ origin: text }),
});
const inclusionShape = open({ index: integer(), size: integer(), path: list(hash), checkpoint: text });
const consistencyShape = open({ path: list(hash) });

/** Runs a check; what does not hold is the server's lie, not the person's mistake. */
export async function verified<T>(check: () => T | Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof Refusal) throw new ServerLied(error.code, {}, error);
    throw error;
  }
}

type Log = { readonly name: string; readonly key: Bytes };
type Keys = { readonly promise: ReadonlyMap<string, Bytes>; readonly log: Log };
const paths = (path: readonly string[]) => path.map((one) => unb64u(one, 32));

export class ServerKeys {
  private readonly server: Server;
  private readonly pins: Pins;
  private keys: Promise<Keys> | null = null;

  /** Public questions, asked without the session: what is asked for tells nobody whose log it is. */
  constructor(server: Server, shelf: Shelf) {
    this.server = new Server(server.origin);
    this.pins = new Pins(shelf);
  }

  /** The promise key of this name; ServerLied `unknown-key`. A key that is not known yet may have been added since. */
  async promiseKey(kid: string): Promise<Bytes> {
    const known = (await this.read()).promise.get(kid) ?? (await this.read(true)).promise.get(kid);
    if (known === undefined) throw new ServerLied('unknown-key');
    return known;
  }

  /** True if the leaf lies in the public log, checked against its signed checkpoint; false while it is pending. */
  async included(leaf: Bytes): Promise<boolean> {
    const { log } = await this.read();
    const answer = await this.server.post('/v1/log/inclusion', { leaf: b64u(leaf) });
    if (answer.pending === true) return false;
    const checkpoint = await verified(async () => {
      const { index, size, path, checkpoint: note } = inclusionShape(answer);
      const signed = await checkCheckpoint(note, log.name, log.key);
      if (signed.size !== size) refuse('malformed', 'size');
      if (!(await inclusionHolds(leaf, index, size, paths(path), signed.root))) refuse('unlogged');
      return signed;
    });
    await this.follow(checkpoint);
    return true;
  }

  /** The tree continues the largest one seen here, or is a beginning of it. */
  private follow({ size, root }: Checkpoint): Promise<void> {
    return alone('tree', async () => {
      const pin = await this.pins.newest('tree', this.server.origin);
      const pinned = { size: pin?.number ?? 0, root: pin === null ? await treeRoot([]) : unb64u(pin.hash, 32) };
      const [old, young] = size < pinned.size ? [{ size, root }, pinned] : [pinned, { size, root }];
      const asked = old.size > 0 && old.size < young.size;
      const answer = asked
        ? await this.server.post('/v1/log/consistency', { from: old.size, to: young.size })
        : { path: [] };
      await verified(async () => {
        const path = paths(consistencyShape(answer).path);
        if (!(await consistencyHolds(old.size, young.size, old.root, young.root, path))) refuse('log-broken');
      });
      await this.pins.raise('tree', this.server.origin, { number: size, hash: b64u(root) });
    });
  }

  private read(again = false): Promise<Keys> {
    if (this.keys === null || again) {
      const fetched = this.fetch();
      this.keys = fetched;
      fetched.catch(() => {
        if (this.keys === fetched) this.keys = null;
      });
    }
    return this.keys;
  }

  private async fetch(): Promise<Keys> {
    const answer = await this.server.get('/v1/meta');
    const keys = await verified(async () => {
      const meta = metaShape(answer);
      if (meta.origin !== this.server.origin) throw new ServerLied('wrong-origin', { origin: meta.origin });
      const rows = meta.keys.map((row) => ({ ...row, key: unb64u(row.jwk.x, 32) }));
      for (const row of rows) if (row.kid !== b64u(await thumbprint(row.key))) refuse('malformed', 'kid');
      const [log, ...more] = rows.filter((row) => row.use === 'log' && row.retired === null);
      if (log === undefined || more.length > 0) return refuse('malformed', 'one log key');
      const promise = rows.filter((row) => row.use === 'promise').map((row) => [row.kid, row.key] as const);
      return { promise: new Map(promise), log: { name: meta.log.origin, key: log.key } };
    });
    await this.pinLog(keys.log);
    return keys;
  }

  private async pinLog({ name, key }: Log): Promise<void> {
    const identity = b64u(await sha256(concat(utf8(`${name}\n`), key)));
    const pinned = await this.pins.newest('log', this.server.origin);
    if (pinned !== null && pinned.hash !== identity) throw new ServerLied('log-changed', { log: identity });
    await this.pins.raise('log', this.server.origin, { number: 1, hash: identity });
  }
}

const known = new WeakMap<Shelf, Map<string, ServerKeys>>();

/** One for each server on a shelf. */
export function serverKeys(of: { readonly server: Server; readonly shelf: Shelf }): ServerKeys {
  const held = known.get(of.shelf) ?? new Map<string, ServerKeys>();
  known.set(of.shelf, held);
  const keys = held.get(of.server.origin) ?? new ServerKeys(of.server, of.shelf);
  held.set(of.server.origin, keys);
  return keys;
}
