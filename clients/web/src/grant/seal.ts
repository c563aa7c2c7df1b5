/**
 * One version of a grant: a fresh grant key, the key box for its recipient, the slots, the record over all of it (grant.md).
 * Pure but for randomness: what comes out is the body of `PUT /v1/grants/{id}`.
 */
import { ed25519Public } from '../crypto/primitives.ts';
import { sealBox } from '../formats/box.ts';
import { digest } from '../formats/derive.ts';
import { type Bytes, b64u, concat, EMPTY, random, unb64u } from '../formats/encoding.ts';
import {
  keyboxContext,
  type Locator,
  type Place,
  passcodeProof,
  policyHash,
  recordSeed,
  sealLinkKeybox,
  sealSlot,
  signRecord,
  stretchPasscode,
} from '../formats/grant.ts';
import { thumbprint } from '../formats/jws.ts';
import { sealThumbprint } from '../formats/seal_keys.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Chosen } from './selection.ts';

/** Argon2id of passcodes (wallet.md, profiles). */
export const PASSCODE_PROFILE = 'argon2id-64-3-1';

/** Whom it is for: an agency (registry id) with its seal key, whose suite the share has, or nobody in particular (a link). */
export type To = {
  readonly name: string;
  readonly address: string | null;
  readonly agency: string | null;
  readonly sealKey: string | null;
};

/** The key that signs the record, and its thumbprint: one for each agency, one for each link. */
export type Signer = { readonly seed: Bytes; readonly thumbprint: Bytes };

export async function signerOf(identitySeed: Bytes, locator: Locator, to: To): Promise<Signer> {
  const seed = await recordSeed(identitySeed, to.agency === null ? { grant: locator.grant } : { agency: to.agency });
  return { seed, thumbprint: await thumbprint(await ed25519Public(seed)) };
}

export type Version = {
  readonly locator: Locator;
  readonly to: To;
  readonly signer: Signer;
  readonly passcode: string | null;
  readonly chosen: readonly Chosen[];
  readonly policy: string;
  /** As sealed. */
  readonly terms: string;
  readonly version: number;
  readonly now: number;
};

export async function sealVersion(of: Version): Promise<JsonObject> {
  const { locator, to, signer, chosen, policy, terms, version, now } = of;
  const key = random(32);
  const hash = await policyHash(policy);
  const place: Place = { locator, version, policyHash: hash };
  const box = { key, record: signer.thumbprint };
  let keybox: string;
  let proof: string | null = null;
  if (to.sealKey !== null) {
    const seal = unb64u(to.sealKey);
    const context = keyboxContext(place, await sealThumbprint(seal));
    keybox = await sealBox('keybox', seal, context, concat(box.key, box.record));
  } else {
    const stretched = await stretchedFor(locator, of.passcode);
    if (of.passcode !== null) proof = await digest(unb64u(await passcodeProof(locator, stretched), 32));
    keybox = await sealLinkKeybox(place, stretched, box);
  }
  const slots: Record<string, string> = {};
  const hashes: Record<string, string> = {};
  for (const one of chosen) {
    const sealed = await sealSlot(key, place, one.slot, one.content);
    slots[one.slot] = sealed;
    hashes[one.slot] = await digest(sealed);
  }
  const record = await signRecord(signer.seed, {
    ...{ v: 1, grant: locator.grant, version, policy: b64u(hash), terms: await digest(terms) },
    ...{ keybox: await digest(keybox), slots: hashes, time: now },
  });
  return {
    ...{ policy, terms, keybox, slots, record, passcode: proof },
    auth: to.sealKey === null ? await digest(unb64u(locator.auth, 32)) : null,
    files: chosen.flatMap((one) => (one.file === null ? [] : [{ ...one.file }])),
  };
}

/** Argon2id beside the page; only a share with a passcode loads it. */
async function stretchedFor(locator: Locator, passcode: string | null): Promise<Bytes> {
  if (passcode === null) return EMPTY;
  const { stretch } = await import('../crypto/stretch.ts');
  return stretchPasscode(locator, PASSCODE_PROFILE, passcode, stretch);
}
