/**
 * Deposits: a code through which others put papers in and read nothing (deposit.md). This is the holder's side: a code with
 * a key of its own, and the quarantine that it fills. Twin of mappe.holder.deposits.
 */
import { Problem } from '../api/http.ts';
import * as promises from '../audit/promises.ts';
import { verified } from '../audit/server_keys.ts';
import { HolderError } from '../errors.ts';
import { depositLocator, depositSender, locateDeposit, type Manifest, openManifest } from '../formats/deposit.ts';
import { digest } from '../formats/derive.ts';
import { type Bytes, b64u, concat, newId, random, unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { activeKeys, type Registry } from '../formats/registry.ts';
import { type SealPrivate, type Suite, sealPublic } from '../formats/seal_keys.ts';
import { bytes, id, integer, list, maybe, one, open, text, time } from '../formats/shape.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import { safeFile } from '../redeem/files.ts';
import { drop } from '../store/files.ts';
import type { Item, Vault } from '../store/vault.ts';
import { fetchDeposit } from './fetch.ts';

/** Seconds: long enough for one visit at a desk. */
export const DEFAULT_LIFE = 3600;
export const MAX_LIFE = 30 * 86400;
export const DEFAULT_FILES = 20;
export const DEFAULT_BYTES = 100 * 1024 * 1024;

const codeShape = open({
  ...{ code: id, secret: bytes(16), private: bytes(32), exp: time, label: text },
  suite: maybe(one(1, 2)),
  key_hash: maybe(bytes(16)),
});
const codesShape = open({
  codes: list(open({ code: id, exp: time, files_left: integer(), bytes_left: integer(), state: text })),
});
const inboxShape = open({
  items: list(open({ code: id, item: id, manifest: text, size: integer(), received: time, until: time })),
});
const statusShape = open({ complete: (value) => value === true });

export type Code = {
  readonly code: string;
  readonly label: string;
  readonly exp: number;
  readonly link: string;
  /** `unknown`: the server was not asked, or knows no such code. */
  readonly state: 'open' | 'ended' | 'unknown';
  readonly filesLeft: number | null;
  readonly bytesLeft: number | null;
};

/** One file in quarantine. `manifest` null: not sealed for this wallet, it can only be discarded. */
export type Received = {
  readonly code: string;
  readonly item: string;
  readonly manifest: Manifest | null;
  readonly name: string;
  readonly media: string;
  readonly note: string;
  /** Which office it is from, if its signature proves it; null: unknown sender. */
  readonly sender: string | null;
  /** Its id in the registry. */
  readonly office: string | null;
  /** What the sender says about itself, unproven. */
  readonly claimed: string | null;
  /** How it may be looked at: painted as pixels, or not at all before it is kept. */
  readonly shown: 'picture' | 'pdf' | null;
  readonly size: number;
  readonly received: number;
  readonly until: number;
};

/** A code with a key of its own; the URL to show as QR. The private half goes into the vault first. */
export async function newCode(
  vault: Vault,
  options: {
    readonly label: string;
    readonly life?: number;
    readonly files?: number;
    readonly bytes?: number;
    readonly suite?: Suite;
  },
): Promise<{ code: string; link: string; exp: number }> {
  const { label, life = DEFAULT_LIFE, files = DEFAULT_FILES, bytes: room = DEFAULT_BYTES, suite = 1 } = options;
  if (!(life > 0 && life <= MAX_LIFE)) throw new HolderError('too-long', { days: MAX_LIFE / 86400 });
  const key: SealPrivate = { suite, seed: random(32) };
  const publicKey = await sealPublic(key);
  const secret = random(16);
  const at = await depositLocator(secret, publicKey);
  const { code, auth } = await locateDeposit(at);
  const exp = vault.server.now() + life;
  const payload = {
    ...{ v: 1, kind: 'deposit-code', code, secret: b64u(secret), private: b64u(key.seed), exp, label },
    ...(suite === 1 ? {} : { suite, key_hash: b64u(at.slice(16)) }),
  };
  await vault.commit([{ id: code, payload }]);
  const answer = await vault.server.post('/v1/deposit-codes', {
    ...{ code, auth: await digest(unb64u(auth, 32)), key: b64u(publicKey), exp, files, bytes: room },
  });
  await promises.keep(vault, answer, { detail: { code } }, 'deposit-created');
  return { code, link: linkOf(vault, at), exp };
}

const linkOf = (vault: Vault, locator: Bytes) => `${vault.server.origin}/d#${b64u(locator)}`;

/** Those of the vault, newest end first. `offline`: only what the vault knows. */
export async function codes(vault: Vault, options: { readonly offline?: boolean } = {}): Promise<Code[]> {
  const answer = options.offline === true ? { codes: [] } : await vault.server.get('/v1/deposit-codes', codesShape);
  const rows = new Map(answer.codes.map((row) => [row.code, row]));
  const found: Code[] = [];
  for (const item of vault.items('deposit-code')) {
    const own = readCode(item);
    const { code, exp, label } = own;
    const row = rows.get(code);
    const at = await locatorOf(own);
    found.push({
      ...{ code, label, exp, link: linkOf(vault, at) },
      state: row === undefined ? 'unknown' : row.state === 'active' ? 'open' : 'ended',
      filesLeft: row?.files_left ?? null,
      bytesLeft: row?.bytes_left ?? null,
    });
  }
  return found.sort((a, b) => b.exp - a.exp);
}

/** From what the vault has: a key of suite 2 is not expanded for its hash. */
async function locatorOf(own: ReturnType<typeof codeShape>): Promise<Bytes> {
  const secret = unb64u(own.secret, 16);
  return own.key_hash === undefined
    ? depositLocator(secret, await sealPublic(privateOf(own)))
    : concat(secret, unb64u(own.key_hash, 16));
}

function privateOf(own: { readonly private: string; readonly suite?: Suite }): SealPrivate {
  return { suite: own.suite ?? 1, seed: unb64u(own.private, 32) };
}

function readCode(item: Item): ReturnType<typeof codeShape> {
  try {
    return codeShape(item.payload);
  } catch (error) {
    throw new HolderError('unknown-record', { id: item.id }, error);
  }
}

export async function endCode(vault: Vault, code: string): Promise<void> {
  const answer = await vault.server.post(`/v1/deposit-codes/${code}/end`, {});
  // one that had ended before answers an empty object
  if (Object.keys(answer).length > 0) await promises.keep(vault, answer, { detail: { code } }, 'deposit-ended');
}

/**
 * What has been put in and waits. `registry` (verified) has the offices' request keys: only a signature by one of them
 * proves a sender. A wallet's signature brings its own key and proves no name.
 */
export async function inbox(vault: Vault, registry: Registry | null): Promise<Received[]> {
  const { items } = await verified(async () => inboxShape(await vault.server.get('/v1/deposits')));
  let keys = codesOf(vault);
  if (items.some(({ code }) => !keys.has(code))) {
    await vault.sync(); // made on another device: what came by it is not to be called unreadable
    keys = codesOf(vault);
  }
  const found: Received[] = [];
  for (const { code, item, manifest: box, size, received, until } of items) {
    const manifest = await opened(keys.get(code), code, item, box);
    const media = manifest?.media ?? '';
    const claimed = manifest?.sender.name ?? manifest?.sender.id ?? null;
    found.push({
      ...{ code, item, manifest, media, name: manifest?.name ?? '', note: manifest?.note ?? '' },
      ...(await proven(vault, manifest, code, item, registry)),
      ...{ claimed, shown: shownAs(media), size, received, until },
    });
  }
  return found;
}

const codesOf = (vault: Vault) => new Map(vault.items('deposit-code').map((item) => [item.id, item]));

/** null: sealed to another key, or malformed. */
async function opened(item: Item | undefined, code: string, name: string, box: string): Promise<Manifest | null> {
  if (item === undefined) return null;
  try {
    return await openManifest(privateOf(readCode(item)), code, name, box);
  } catch (error) {
    if (error instanceof Refusal || error instanceof HolderError) return null;
    throw error;
  }
}

async function proven(
  vault: Vault,
  manifest: Manifest | null,
  code: string,
  item: string,
  registry: Registry | null,
): Promise<Pick<Received, 'sender' | 'office'>> {
  const nobody = { sender: null, office: null };
  if (manifest === null || manifest.sender.type !== 'agency') return nobody;
  const agency = registry?.agencies.find((one) => one.id === manifest.sender.id);
  if (agency === undefined) return nobody;
  for (const key of activeKeys(agency, 'request', vault.server.now())) {
    const proves = (await depositSender(manifest, code, item, unb64u(key.jwk.x, 32))) !== null;
    if (proves) return { sender: agency.name, office: agency.id };
  }
  return nobody;
}

/** Made by a stranger: nothing that runs, nothing that loads. */
function shownAs(media: string): Received['shown'] {
  const safe = safeFile('x', media);
  return safe.painted ? 'picture' : safe.media === 'application/pdf' ? 'pdf' : null;
}

/**
 * Fetches and verifies a file still in quarantine, for the viewer that paints pixels. HolderError `unreadable`,
 * `not-a-picture`: keep it or throw it away unseen; ServerLied where the bytes are not those that were sealed.
 */
export async function look(vault: Vault, received: Received, progress?: (share: number) => void): Promise<Blob> {
  const { attachment } = readable(received);
  if (received.shown === null) throw new HolderError('not-a-picture', { media: received.media });
  return fetchDeposit(vault, received, attachment, safeFile('x', received.media).media, progress);
}

function readable({ manifest }: Received): Manifest {
  if (manifest === null) throw new HolderError('unreadable');
  return manifest;
}

/**
 * A file out of quarantine becomes a paper; its id. The paper, with the file's key, is written first: accepting erases the
 * manifest, which holds the only other copy of that key. What breaks off in between is repaired by calling again.
 */
export async function keep(
  vault: Vault,
  received: Received,
  options: { readonly type?: string; readonly title?: string; readonly person?: string } = {},
): Promise<string> {
  const { attachment, name } = readable(received);
  const paper = paperWith(vault, attachment.id) ?? (await newPaper(vault, attachment, name, options));
  try {
    await accept(vault, received, attachment);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    const status = await vault.server.get(`/v1/attachments/${attachment.id}/${attachment.version}/status`, statusShape);
    if (!status.complete) throw error; // else: it was accepted before, and the answer got lost
  }
  return paper;
}

function paperWith(vault: Vault, attachment: string): string | null {
  const holds = (item: Item) =>
    ((item.payload.attachments ?? []) as { id?: unknown }[]).some((one) => one.id === attachment);
  return vault.items('document').find(holds)?.id ?? null;
}

async function newPaper(
  vault: Vault,
  attachment: Manifest['attachment'],
  name: string,
  { type = 'other_paper', title = name, person }: { type?: string; title?: string; person?: string },
): Promise<string> {
  const now = vault.server.now();
  const payload = {
    ...{ v: 1, kind: 'document', type, title, created: now, updated: now, state: 'present', fields: {} },
    ...(person === undefined ? {} : { person }),
    attachments: [attachment as unknown as JsonObject],
  };
  return vault.put(payload, newId());
}

/** The bytes become the wallet's own without a second upload. */
async function accept(vault: Vault, { code, item }: Received, attachment: Manifest['attachment']): Promise<void> {
  const { id, version } = attachment;
  const answer = await vault.server.post(`/v1/deposits/${code}/${item}/accept`, { attachment: id, version });
  await promises.keep(vault, answer, { detail: { code, item } }, 'deposit-accepted');
}

/** What was taken over is in the papers: the bytes are accepted and go. */
export async function acceptAndDrop(vault: Vault, received: Received): Promise<void> {
  const { attachment } = readable(received);
  await accept(vault, received, attachment);
  await drop(vault, attachment);
}

export async function discard(vault: Vault, { code, item }: Received): Promise<void> {
  const answer = await vault.server.post(`/v1/deposits/${code}/${item}/discard`, {});
  await promises.keep(vault, answer, { detail: { code, item } }, 'deposit-discarded');
}
