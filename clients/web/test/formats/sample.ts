/** A holder's side in a few lines, so that the recipient's checks meet whole grants. */
import { ed25519Public } from '../../src/crypto/primitives.ts';
import { type Attachment, sealAttachment } from '../../src/formats/attachment.ts';
import { b64u, concat, digest, EMPTY, newId, random, utf8 } from '../../src/formats/conventions.ts';
import * as grant from '../../src/formats/grant.ts';
import { thumbprint } from '../../src/formats/jws.ts';
import type { JsonObject } from '../../src/formats/strict_json.ts';

export type SampleSlot = { name: string; kind?: 'field' | 'attachment'; value: JsonObject[string] } & JsonObject;
export type Options = {
  now: number;
  opens?: number;
  life?: number;
  passcode?: string | null;
  version?: number;
  seed?: Uint8Array<ArrayBuffer>;
  secret?: Uint8Array<ArrayBuffer>;
  terms?: Partial<grant.Terms>;
  slots?: SampleSlot[];
  files?: { name: string; media: string; bytes: Uint8Array; slot: string }[];
};

export async function makeGrant(options: Options) {
  const { now, passcode = null, version = 1 } = options;
  const secret = options.secret ?? random(32);
  const identity = options.seed ?? random(32);
  const locator = await grant.locate(secret);
  const recordSeed = await grant.recordSeed(identity, { grant: locator.grant });
  const files: { ref: string; stored: Uint8Array; attachment: Attachment }[] = [];
  const plain = (options.slots ?? [{ name: 'residence-title.number', value: 'T-1' }]).map((slot) => ({ ...slot }));
  for (const file of options.files ?? []) {
    const { attachment, stored } = await sealAttachment(file.bytes, file.name, file.media, { chunk: 65536 });
    const ref = newId();
    files.push({ ref, stored, attachment });
    plain.push({ name: file.slot, kind: 'attachment', value: null, attachment: { ...attachment, ref } as JsonObject });
  }
  const ids = plain.map(() => newId());
  const names: grant.Terms['slots'] = {};
  plain.forEach((slot, i) => {
    names[ids[i] as string] = { kind: slot.kind ?? 'field', name: slot.name };
  });
  const termsJson = grant.writeTerms({
    v: 1,
    salt: newId(),
    purpose: 'Proof for the flat',
    basis: 'consent',
    retention: '30 days',
    language: 'en',
    text: b64u(random(32)),
    text_kind: 'consent',
    recipient: { name: 'Hausverwaltung Beispiel GmbH', address: 'Musterstr. 1, 67059 Ludwigshafen' },
    request: null,
    standing: false,
    signer: b64u(await thumbprint(await ed25519Public(recordSeed))),
    ...options.terms,
    slots: names,
  });
  const profile = passcode === null ? null : 'argon2id-32-6-1';
  const policy = grant.writePolicy({
    v: 1,
    suite: 1,
    grant: locator.grant,
    recipient: 'bearer',
    slots: ids,
    nbf: now - 60,
    exp: now + (options.life ?? 86400),
    opens: options.opens ?? 3,
    passcode: profile,
    terms: b64u(await grant.termsHash(termsJson)),
  });
  const place = { locator, version, policyHash: await grant.policyHash(policy) };
  const stretched = profile === null ? EMPTY : await grant.stretchPasscode(locator, profile, passcode);
  const key = random(32);
  const box = { key, record: await thumbprint(await ed25519Public(recordSeed)) };
  const keybox = await grant.sealLinkKeybox(place, stretched, box);
  const terms = await grant.sealTerms(locator, termsJson);
  const slots: Record<string, string> = {};
  for (const [i, slot] of plain.entries()) {
    const id = ids[i] as string;
    const { name, kind = 'field', value, ...rest } = slot;
    const full = { v: 1, kind, name, value, assurance: 'self-declared', source: 'Own statement', as_of: '2026-11-01' };
    slots[id] = await grant.sealSlot(key, place, id, { ...full, evidence: [], ...rest });
  }
  const digests: Record<string, string> = {};
  for (const [id, token] of Object.entries(slots)) digests[id] = await digest(token);
  const record = await grant.signRecord(recordSeed, {
    v: 1,
    grant: locator.grant,
    version,
    policy: b64u(place.policyHash),
    terms: await digest(terms),
    keybox: await digest(keybox),
    slots: digests,
    time: now,
  });
  const proof = profile === null ? null : await grant.passcodeProof(locator, stretched);
  const delivered: grant.Delivered = { policy, terms, record, keybox, slots };
  return { secret, locator, delivered, stretched, proof, files, ids, key, place, recordSeed };
}

export function flip(token: string, at: number): string {
  const char = token[at] === 'A' ? 'B' : 'A';
  return token.slice(0, at) + char + token.slice(at + 1);
}

export const bytesOf = (text: string) => concat(utf8(text));
