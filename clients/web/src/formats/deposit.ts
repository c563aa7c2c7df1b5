/** Deposits (deposit.md): somebody puts papers in and reads nothing. */
import { type Attachment, readAttachment } from './attachment.ts';
import { openBox, sealBox } from './box.ts';
import { derive, H } from './derive.ts';
import { type Bytes, b64u, concat, EMPTY, equal, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { signJws, verifyJwk, verifyKid } from './jws.ts';
import { padded, unpad } from './padding.ts';
import { type SealPrivate, sealKey, suiteOf } from './seal_keys.ts';
import { closed, hash, id, just, maybe, one, open, type Shaped, text, time } from './shape.ts';
import { type Json, type JsonObject, jsonBytes, parseObject } from './strict_json.ts';

const MAX_MANIFEST = 64 * 1024;
const MAX_SIGNATURE = 4096;

export type DepositLocator = { readonly code: string; readonly auth: string; readonly keyHash: Bytes };

export async function locateDeposit(locator: Bytes): Promise<DepositLocator> {
  if (locator.length !== 32) refuse('malformed', 'locator');
  const secret = locator.slice(0, 16);
  return {
    code: b64u(await derive(secret, 'deposit-id', EMPTY, 16)),
    auth: b64u(await derive(secret, 'deposit-auth', EMPTY, 32)),
    keyHash: locator.slice(16),
  };
}

export async function depositKeyHash(publicKey: Bytes): Promise<Bytes> {
  return (await H('deposit-key', publicKey, suiteOf(publicKey))).slice(0, 16);
}

export async function depositLocator(secret: Bytes, publicKey: Bytes): Promise<Bytes> {
  return concat(secret, await depositKeyHash(publicKey));
}

/** The server cannot put its own key in place of the holder's. */
export async function checkDepositKey(locator: DepositLocator, publicKey: Bytes): Promise<void> {
  sealKey(publicKey);
  if (!equal(await depositKeyHash(publicKey), locator.keyHash)) refuse('wrong-key');
}

const manifestShape = open({
  v: just(1),
  kind: one('paper', 'credential', 'mark', 'request'),
  name: text,
  media: text,
  attachment: (value: Json): Attachment => readAttachment(value),
  note: maybe(text),
  sender: closed({ type: one('anonymous', 'agency', 'wallet'), id: maybe(text), name: maybe(text) }),
  signature: maybe(text),
});
export type Manifest = Shaped<typeof manifestShape>;

function context(code: string, item: string): Bytes {
  return concat(unb64u(code, 16), unb64u(item, 16));
}

export async function sealManifest(publicKey: Bytes, code: string, item: string, manifest: JsonObject) {
  manifestShape(manifest);
  return sealBox('deposit', publicKey, context(code, item), padded(jsonBytes(manifest)));
}

export async function openManifest(own: SealPrivate, code: string, item: string, box: string): Promise<Manifest> {
  const raw = unpad(await openBox('deposit', own, context(code, item), box));
  return manifestShape(parseObject(raw, MAX_MANIFEST));
}

const signatureShape = closed({
  v: just(1),
  code: id,
  item: id,
  attachment: hash,
  kind: one('paper', 'credential', 'mark', 'request'),
  time,
});
export type DepositSignature = Shaped<typeof signatureShape>;

export function signDeposit(seed: Bytes, by: 'kid' | 'jwk', value: DepositSignature): Promise<string> {
  const { v, code, item, attachment, kind, time } = signatureShape(value);
  return signJws('deposit-signature', by, seed, { v, code, item, attachment, kind, time });
}

/** null: "unknown sender". `agencyKey` is the request key that the registry names. */
export async function depositSender(
  manifest: Manifest,
  code: string,
  item: string,
  agencyKey?: Bytes,
): Promise<Bytes | null> {
  if (manifest.signature === undefined || manifest.sender.type === 'anonymous') return null;
  try {
    let signed: { payload: JsonObject; key: Bytes };
    if (manifest.sender.type === 'agency') {
      if (agencyKey === undefined) return null;
      const payload = await verifyKid(manifest.signature, 'deposit-signature', agencyKey, MAX_SIGNATURE);
      signed = { payload, key: agencyKey };
    } else {
      signed = await verifyJwk(manifest.signature, 'deposit-signature', MAX_SIGNATURE);
    }
    const read = signatureShape(signed.payload);
    const fits =
      read.code === code &&
      read.item === item &&
      read.attachment === manifest.attachment.hash &&
      read.kind === manifest.kind;
    return fits ? signed.key : null;
  } catch {
    return null;
  }
}
