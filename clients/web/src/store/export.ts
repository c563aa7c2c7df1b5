/** Leaving with everything: an age file that opens without us, and the way back in on another server (export.md). */
import { serverNow } from '../api/http.ts';
import { read as readJournal } from '../audit/journal.ts';
import { lockAgeKey, unlockAgeKey } from '../crypto/age_key.ts';
import { HolderError } from '../errors.ts';
import { type Attachment, MAX_SIZE } from '../formats/attachment.ts';
import { type Bytes, fromUtf8, unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { MAX_OBJECT, readPayload } from '../formats/object.ts';
import { closed, id, integer, just, list, open, text, time } from '../formats/shape.ts';
import { type Json, type JsonObject, jsonBytes, parseJson, parseObject, writeJson } from '../formats/strict_json.ts';
import { digitsOf, newDigits } from '../unlock/typed.ts';
import type { Write } from './commit.ts';
import { download, upload } from './files.ts';
import { type Content, checkOf, keepToMakeAnew, rememberMove } from './moving.ts';
import { readShare } from './moving_share.ts';
import { type Item, inBatches } from './opened.ts';
import type { Vault } from './vault.ts';
import { writeZip, Zip, type ZipEntry, type ZipRow } from './zip.ts';

const MANIFEST = 'mappe-export.json';
/**
 * They mean nothing on another server. In an archive that somebody else has made they would mean something here: a share
 * that follows every edit, offices that nobody else vouches for.
 */
const LEFT_OUT: readonly string[] = ['grant', 'deposit-code', 'roots'];
const SECRET: ReadonlySet<string> = new Set(['secret', 'passcode', 'policy', 'terms']);
/** DoS: of an archive, 20,000 objects with ten files each; no reader of ours takes more, so none is written (export.md). */
const MAX_ENTRIES = 200_000;
/** Beside objects and files: manifest, log, shares. */
const OTHER_ENTRIES = 3;
const MAX_MANIFEST = 4096;
const SHARES = 'shares.json';
/** DoS: thousands of shares. */
const MAX_SHARES = 4 * 1024 * 1024;
/** Of a change at import: well below the 1 MiB of a change, and below what a server takes in one request. */
const COMMIT_OBJECTS = 200;
const COMMIT_BYTES = 2 * 1024 * 1024;
const PASSPHRASE_DIGITS = 24;

/** `sealed` is NAME.age, `key` NAME.key.age; `passphrase` (24 digits) opens the key file. */
export type Exported = {
  readonly sealed: Blob;
  readonly key: Blob;
  readonly passphrase: string;
  readonly content: Content;
};
/** `shares`: those that were running where the archive was made, as it tells of them. */
export type Imported = Content & { readonly shares: readonly JsonObject[] };
export type Told = (name: string, done: number, total: number) => void;

// -- out -------------------------------------------------------------------------------------------------------------

/**
 * Encrypted while it is written: the archive exists in plain nowhere. HolderError `left-at-home`, `waiting` (what has not
 * reached the server yet would be missing), `export-too-large` (more entries than an importer takes; before anything is
 * fetched).
 */
export async function exportWallet(
  vault: Vault,
  tell: Told = () => undefined,
  most: number = MAX_ENTRIES,
): Promise<Exported> {
  if (vault.away.ids.size > 0) throw new HolderError('left-at-home');
  await vault.sync();
  await vault.outbox.flush();
  if (vault.outbox.waiting.value > 0) throw new HolderError('waiting');
  const held = vault.items();
  const entries = held.length + held.reduce((sum, { payload }) => sum + filesOf(payload).length, OTHER_ENTRIES);
  if (entries > most) throw new HolderError('export-too-large', { entries, most });
  const { Encrypter, generateX25519Identity, identityToRecipient } = await import('./age.ts');
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  const rows: ZipRow[] = [];
  const [number, exported] = [vault.number, serverNow()];
  const papers = vault.items('document').length;
  const plain = streamOf(writeZip(entriesOf(vault, tell), rows));
  const sealed = await collect(await encrypter.encrypt(plain));
  const content = await contentOf(rows, papers);
  await rememberMove(vault, { ...content, number, exported });

  const passphrase = newDigits(PASSPHRASE_DIGITS);
  return { sealed, key: new Blob([await lockAgeKey(identity, passphrase)]), passphrase, content };
}

/** Two papers may show one file: what is counted here lies in the archive once. */
async function contentOf(rows: readonly ZipRow[], papers: number): Promise<Content> {
  const count = (folder: string) => rows.filter(({ name }) => name.startsWith(folder)).length;
  return { objects: count('objects/'), papers, files: count('files/'), check: await checkOf(rows) };
}

function filesOf(payload: JsonObject): readonly Attachment[] {
  return (payload.attachments ?? []) as unknown as Attachment[];
}

function pathOf(file: Attachment): string {
  return `files/${file.id}-${file.version}`;
}

async function* entriesOf(vault: Vault, tell: Told): AsyncGenerator<ZipEntry> {
  const items = vault.items().filter(({ kind }) => !LEFT_OUT.includes(kind));
  const files = items.flatMap(({ payload }) => filesOf(payload));
  const journal = await readJournal(vault);
  const manifest = {
    v: 1,
    origin: vault.server.origin,
    exported: serverNow(),
    number: vault.number,
    objects: items.length,
    files: files.length,
  };
  const total = items.length + files.length;
  let done = 0;
  yield entry(MANIFEST, manifest);
  for (const item of items) {
    tell('', ++done, total);
    yield entry(`objects/${item.id}.json`, plainOf(item));
  }
  const written = new Set<string>(); // two papers may show one file
  for (const file of files) {
    tell(file.name, ++done, total);
    if (written.has(pathOf(file))) continue;
    written.add(pathOf(file));
    yield { name: pathOf(file), data: await download(vault, file) };
  }
  const events = journal.entries.map(({ seq, leaf, event }) => ({ seq, leaf, event: writeJson(event as JsonObject) }));
  yield entry('log.json', events);
  const shares = vault.items('grant').map(({ payload }) => {
    return Object.fromEntries(Object.entries(payload).filter(([name]) => !SECRET.has(name)));
  });
  yield entry(SHARES, shares);
}

function entry(name: string, value: Json): ZipEntry {
  return { name, data: new Blob([jsonBytes(value)]) };
}

function plainOf({ payload }: Item): JsonObject {
  if (payload.attachments === undefined) return payload;
  const attachments = filesOf(payload).map(({ key: _, hash: __, ...rest }) => ({
    ...rest,
    path: pathOf(rest as Attachment),
  }));
  return { ...payload, attachments: attachments as unknown as Json };
}

function streamOf(pieces: AsyncGenerator<Bytes>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Blob> {
  const parts: Blob[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return new Blob(parts, { type: 'application/octet-stream' });
    parts.push(new Blob([value as Bytes]));
  }
}

// -- in --------------------------------------------------------------------------------------------------------------

/**
 * Everything of an export into this wallet; what came. All is read and checked before the first is sent.
 * HolderError `wrong-secret`, `bad-export`, `already-there`.
 */
export async function importWallet(
  vault: Vault,
  files: { readonly sealed: Blob; readonly key: Blob },
  passphrase: string,
  tell: Told = () => undefined,
): Promise<Imported> {
  const zip = await Zip.open(await decrypt(files, passphrase), MAX_ENTRIES);
  const payloads = await readAll(zip).catch((error: unknown) => {
    throw error instanceof Refusal ? new HolderError('bad-export', { why: error.code }, error) : error;
  });
  await vault.sync();
  for (const id of payloads.keys()) if (vault.state.objects.has(id)) throw new HolderError('already-there');
  await send(vault, zip, payloads, tell);
  const papers = [...payloads.values()].filter(({ kind }) => kind === 'document').length;
  const shares = await runningShares(zip, vault.server.now());
  await keepToMakeAnew(vault, shares);
  return { ...(await contentOf(zip.rows(), papers)), shares };
}

async function decrypt({ sealed, key }: { sealed: Blob; key: Blob }, passphrase: string): Promise<Blob> {
  const { Decrypter } = await import('./age.ts');
  const opener = new Decrypter();
  const digits = digitsOf(passphrase, PASSPHRASE_DIGITS);
  try {
    opener.addIdentity(await unlockAgeKey(new Uint8Array(await key.arrayBuffer()), digits));
  } catch (error) {
    throw new HolderError('wrong-secret', {}, error);
  }
  try {
    return await collect(await opener.decrypt(sealed.stream()));
  } catch (error) {
    throw new HolderError('bad-export', { why: 'age' }, error);
  }
}

const manifestShape = closed({
  v: just(1),
  origin: text,
  exported: time,
  number: integer(),
  objects: integer(),
  files: integer(),
});
const fileShape = open({ id, path: text, name: text, media: text, size: integer(0, MAX_SIZE) });
const attached = list(fileShape);

/** Counts fit, every object reads, every file is there in its size and whole. */
async function readAll(zip: Zip): Promise<Map<string, JsonObject>> {
  const manifest = manifestShape(await json(zip, MANIFEST, MAX_MANIFEST));
  const payloads = new Map<string, JsonObject>();
  let files = 0;
  const names = zip.names().filter((name) => name.startsWith('objects/'));
  await inBatches(names, async (name) => {
    const id = name.slice('objects/'.length).replace(/\.json$/, '');
    unb64u(id, 16);
    const payload = await json(zip, name, MAX_OBJECT);
    const { kind } = readPayload({ ...payload, ...(payload.kind === 'document' ? { attachments: [] } : {}) });
    if (LEFT_OUT.includes(kind)) throw new HolderError('bad-export', { why: 'kind', kind });
    payloads.set(id, payload);
    for (const file of attached(payload.attachments ?? [])) {
      if (zip.size(file.path) !== file.size) throw new HolderError('bad-export', { why: 'truncated' });
      await zip.read(file.path, MAX_SIZE);
      files++;
    }
  });
  if (payloads.size !== manifest.objects || files !== manifest.files)
    throw new HolderError('bad-export', { why: 'counts' });
  return payloads;
}

/** Told, not believed: nothing of it runs (store/moving_share.ts). */
async function runningShares(zip: Zip, now: number): Promise<JsonObject[]> {
  if (!zip.names().includes(SHARES)) return [];
  const data = await zip.read(SHARES, MAX_SHARES);
  const all = parseJson(new Uint8Array(await data.arrayBuffer()), MAX_SHARES);
  if (!Array.isArray(all)) return [];
  return (all as JsonObject[]).filter((one) => (readShare(one)?.exp ?? 0) > now);
}

async function json(zip: Zip, name: string, limit: number): Promise<JsonObject> {
  const data = await zip.read(name, limit);
  return parseObject(fromUtf8(new Uint8Array(await data.arrayBuffer())), limit);
}

async function send(vault: Vault, zip: Zip, payloads: ReadonlyMap<string, JsonObject>, tell: Told): Promise<void> {
  let writes: Write[] = [];
  let bytes = 0;
  let done = 0;
  const commit = async () => {
    if (writes.length > 0) await vault.commit(writes);
    writes = [];
    bytes = 0;
  };
  for (const [id, plain] of payloads) {
    const described: Attachment[] = [];
    for (const { path, name, media } of attached(plain.attachments ?? [])) {
      tell(name, done, payloads.size);
      described.push(await upload(vault, await zip.read(path, MAX_SIZE), { name, media }));
    }
    const payload = plain.attachments === undefined ? plain : { ...plain, attachments: described as unknown as Json };
    const size = jsonBytes(payload).length;
    if (writes.length === COMMIT_OBJECTS || bytes + size > COMMIT_BYTES) await commit();
    writes.push({ id, payload });
    bytes += size;
    tell('', ++done, payloads.size);
  }
  await commit();
}
