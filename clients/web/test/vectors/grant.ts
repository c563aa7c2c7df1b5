import { ed25519Public } from '../../src/crypto/primitives.ts';
import { type Attachment, openChunks, readAttachment, sealAttachment } from '../../src/formats/attachment.ts';
import { openBox } from '../../src/formats/box.ts';
import { digest } from '../../src/formats/derive.ts';
import { EMPTY, unb64u, utf8 } from '../../src/formats/encoding.ts';
import { refuse } from '../../src/formats/errors.ts';
import * as grant from '../../src/formats/grant.ts';
import { type SealPrivate, sealPublic, sealThumbprint } from '../../src/formats/seal_keys.ts';
import { type JsonObject, parseObject } from '../../src/formats/strict_json.ts';
import type { Ops } from './ops.ts';
import { bytes, has, list, number, object, out, sealPrivate, text } from './take.ts';

const file = (size: number) => new Uint8Array(size).map((_, i) => i % 251);

async function stored(input: JsonObject, key = bytes(input, 'key')) {
  const fixed = { key, id: text(input, 'id'), version: number(input, 'version'), chunk: number(input, 'chunk') };
  const sealed = await sealAttachment(file(number(input, 'size')), 'file', 'application/octet-stream', fixed);
  const step = fixed.chunk + 16;
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < sealed.stored.length; at += step) chunks.push(sealed.stored.slice(at, at + step));
  return { ...sealed, chunks };
}

async function edited(input: JsonObject, chunks: Uint8Array[]): Promise<Uint8Array[]> {
  const [what, ...rest] = list(input, 'edit') as [string, ...number[]];
  const [i = 0, n = 0] = rest;
  const at = (index: number) => chunks[index] as Uint8Array;
  switch (what) {
    case 'none':
      return chunks;
    case 'flip': {
      const place = n < 0 ? at(i).length + n : n;
      return chunks.map((chunk, c) => (c === i ? chunk.map((byte, b) => (b === place ? byte ^ 1 : byte)) : chunk));
    }
    case 'swap':
      return chunks.map((chunk, c) => (c === i ? at(n) : c === n ? at(i) : chunk));
    case 'repeat':
      return chunks.map((chunk, c) => (c === i + 1 ? at(i) : chunk));
    case 'drop':
      return chunks.filter((_, c) => c !== i);
    case 'cut':
      return chunks.map((chunk, c) => (c === i ? chunk.slice(0, chunk.length - n) : chunk));
    case 'append':
      return chunks.map((chunk, c) => (c === i ? new Uint8Array([...chunk, ...new Uint8Array(n)]) : chunk));
    case 'add':
      return [...chunks, at(i)];
    case 'foreign': {
      const other = await stored(input, unb64u(rest[0] as unknown as string));
      return chunks.map((chunk, c) => (c === 0 ? (other.chunks[0] as Uint8Array) : chunk));
    }
    default:
      throw new TypeError(`unknown edit ${what}`);
  }
}

const nameOf = async (key: SealPrivate) => ({
  thumbprint: await sealThumbprint(await sealPublic(key)),
  suite: key.suite,
});

async function recipient(input: JsonObject, locator: grant.Locator): Promise<grant.Recipient> {
  if (!has(input, 'agency_key') || input.agency_key === null) {
    return { kind: 'bearer', stretched: await stretched(input, locator) };
  }
  const key = sealPrivate(input, 'agency_key');
  return {
    kind: 'agency',
    ...(await nameOf(key)),
    open: (context, box) => openBox('keybox', key, context, box),
  };
}

async function stretched(input: JsonObject, locator: grant.Locator) {
  if (!has(input, 'passcode') || input.passcode === null) return EMPTY;
  const { passcode } = parseObject(text(input, 'policy'), 1e6);
  // A profile that does not exist is the policy's refusal, in its place in the order.
  if (typeof passcode !== 'string' || !/^argon2id-(64-3|32-6)-1$/.test(passcode)) return EMPTY;
  return grant.stretchPasscode(locator, passcode, text(input, 'passcode'));
}

export const grants: Ops = {
  'attachment.seal': async (input) => {
    const { attachment, stored: all, chunks } = await stored(input);
    return { chunks: chunks.length, length: all.length, stored: await digest(all), hash: attachment.hash };
  },
  'attachment.open': async (input) => {
    const { attachment, chunks } = await stored(input);
    const told: Attachment = { ...attachment, ...(has(input, 'hash') ? { hash: text(input, 'hash') } : {}) };
    return { digest: await digest(await openChunks(told, await edited(input, chunks))) };
  },
  'attachment.parse': (input) => {
    const { id, version, size, chunks } = readAttachment(object(input, 'value'));
    return { id, version, size, chunks };
  },
  'grant.locate': async (input) => {
    const { grant: id, auth, r, termsKey, base, salt } = await grant.locate(bytes(input, 'secret'));
    return { grant: id, auth, recipient: out(r), terms_key: out(termsKey), base: out(base), salt: out(salt) };
  },
  'grant.tag': async (input) => {
    const { r } = await grant.locate(bytes(input, 'secret'));
    return { tag: await grant.recipientTag(r, await sealThumbprint(bytes(input, 'agency_key'))) };
  },
  'link.read': (input) => {
    const { origin, path, locator } = grant.readLink(text(input, 'url'));
    return { origin, path, locator: out(locator) };
  },
  'grant.leaked': async (input) => ({ grant: await grant.leakedGrant(text(input, 'path')) }),
  'policy.read': async (input) => {
    const { grant: id, opens, passcode } = grant.readPolicy(text(input, 'text'));
    return { hash: out(await grant.policyHash(text(input, 'text'))), grant: id, opens, passcode };
  },
  'terms.read': async (input) => {
    const json = utf8(text(input, 'text'));
    grant.readTerms(json);
    return { hash: out(await grant.termsHash(json)) };
  },
  'slot.read': (input) => {
    const slot = grant.readSlot(utf8(text(input, 'text')));
    return { kind: slot.kind, name: slot.name, ref: slot.attachment?.ref ?? null };
  },
  'record.verify': async (input) => {
    const { record, key } = await grant.readRecord(text(input, 'token'));
    if (record.grant !== text(input, 'grant')) refuse('wrong-grant');
    const { version, policy, terms, keybox } = record;
    return { version, policy, terms, keybox, key: out(key) };
  },
  'record.key': async (input) => {
    const to = text(input, 'recipient');
    const seed = await grant.recordSeed(bytes(input, 'seed'), input.agency === true ? { agency: to } : { grant: to });
    return { public: out(await ed25519Public(seed)) };
  },
  'passcode.proof': async (input) => {
    const locator = await grant.locate(bytes(input, 'secret'));
    const a = await grant.stretchPasscode(locator, text(input, 'profile'), text(input, 'passcode'));
    return { proof: await grant.passcodeProof(locator, a) };
  },
  'grant.read': async (input) => {
    const locator = await grant.locate(bytes(input, 'secret'));
    const { policy, terms, record, keybox, slots } = input as unknown as grant.Delivered;
    const pin = has(input, 'seen') && input.seen !== null ? (list(input, 'seen') as [number, string]) : undefined;
    const opened = await grant.openGrant(
      locator,
      { policy, terms, record, keybox, slots },
      await recipient(input, locator),
      number(input, 'now'),
      pin === undefined ? undefined : { version: pin[0], record: pin[1] },
    );
    const values: JsonObject = {};
    for (const [id, slot] of opened.slots) values[id] = slot.value;
    return { version: opened.seen.version, record: opened.seen.record, values };
  },
  'grant.preview': async (input) => {
    const locator = await grant.locate(bytes(input, 'secret'));
    const { policy, terms, record } = input as unknown as grant.Peeked;
    const mark =
      has(input, 'agency_key') && input.agency_key !== null ? await nameOf(sealPrivate(input, 'agency_key')) : null;
    const peeked = await grant.checkPeek(locator, { policy, terms, record }, number(input, 'now'), mark);
    return { purpose: peeked.terms.purpose, version: peeked.record.version };
  },
};
