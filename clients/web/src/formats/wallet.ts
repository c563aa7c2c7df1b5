/** Handle, methods, envelopes, identity (wallet.md). */
import { type Profile, type Stretch, stretchHere } from '../crypto/argon2.ts';
import { ed25519Public, sha256, x25519Public } from '../crypto/primitives.ts';
import { type Change, checkHead, type MethodRow, type Objects } from './chain.ts';
import { derive, H, labelled } from './derive.ts';
import { ascii, type Bytes, b64u, concat, EMPTY, equal, random, readDigits, u32, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { carried, expectHeader, type HeaderMembers, openJwe, sealJwe } from './jwe.ts';
import { signJws, verifyJwk } from './jws.ts';
import { xText } from './keys.ts';
import { any, closed, hash, id, just, type Shaped, time } from './shape.ts';

export const HANDLE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const MAX_GENESIS = 1024;

export type Method = 'passphrase' | 'recovery' | 'passkey' | 'pin' | 'device';

// -- handle ----------------------------------------------------------------------------------------------------------

/** The canonical ten characters. */
export function parseHandle(typed: string): string {
  let out = '';
  for (const char of typed.toUpperCase().replace(/[\s-]/g, '')) {
    const read = char === 'I' || char === 'L' ? '1' : char === 'O' ? '0' : char;
    if (!HANDLE_ALPHABET.includes(read)) refuse('malformed', 'handle');
    out += read;
  }
  return out.length === 10 ? out : refuse('malformed', 'handle');
}

export function showHandle(handle: string): string {
  return `${handle.slice(0, 5)}-${handle.slice(5)}`;
}

export function newHandle(profile: Profile = 'argon2id-64-3-1'): string {
  const values = Array.from(random(10), (byte) => byte & 31);
  const last = (values[9] as number) & 30;
  values[9] = profile === 'argon2id-64-3-1' ? last : last | 1;
  return values.map((value) => HANDLE_ALPHABET.charAt(value)).join('');
}

export function profileOf(handle: string): Profile {
  const last = HANDLE_ALPHABET.indexOf(parseHandle(handle).charAt(9));
  return last % 2 === 0 ? 'argon2id-64-3-1' : 'argon2id-32-6-1';
}

export function handleHash(handle: string): Promise<Bytes> {
  return sha256(labelled('handle', ascii(parseHandle(handle))));
}

// -- roots -----------------------------------------------------------------------------------------------------------

export function parsePassphrase(typed: string): string {
  const digits = readDigits(typed);
  return digits.length === 24 ? digits : refuse('malformed', 'passphrase');
}

export async function passphraseRoot(
  handle: string,
  typed: string,
  profile: string = profileOf(handle),
  stretch: Stretch = stretchHere,
): Promise<Bytes> {
  if (profile !== profileOf(handle)) refuse('kdf-refused');
  const salt = (await H('salt', ascii(parseHandle(handle)))).slice(0, 16);
  return stretch(ascii(parsePassphrase(typed)), salt, profile);
}

export function recoveryRoot(handle: string, code: Bytes): Promise<Bytes> {
  return derive(code, 'recovery-root', ascii(parseHandle(handle)), 32);
}

/** What a passkey's PRF is asked (`prf.eval.first`): the same for every wallet; the answer names the wallet. */
export function passkeyInput(): Promise<Bytes> {
  return H('passkey-prf', EMPTY);
}

/** The root of a passkey's PRF output. */
export async function passkeyRoot(handle: string, output: Uint8Array): Promise<Bytes> {
  if (output.length !== 32) refuse('malformed', 'PRF output');
  return derive(output, 'passkey-root', ascii(parseHandle(handle)), 32);
}

export function signInSeed(handle: string, root: Bytes): Promise<Bytes> {
  return derive(root, 'sign-in', ascii(parseHandle(handle)), 32);
}

export function pinProof(handle: string, root: Bytes, typed: string): Promise<Bytes> {
  const pin = readDigits(typed);
  if (pin.length !== 6) refuse('malformed', 'sheet PIN');
  return derive(root, 'sheet-pin', ascii(parseHandle(handle) + pin), 32);
}

export function stopProof(handle: string, stopCode: Bytes): Promise<Bytes> {
  return derive(stopCode, 'stop', ascii(parseHandle(handle)), 32);
}

// -- codes on paper --------------------------------------------------------------------------------------------------

export const RECOVERY_BLOCKS = 8;
export const STOP_BLOCKS = 6;
const LARGEST_BLOCK = 720885; // 11 · 65535

export function showCode(code: Bytes): string[] {
  const blocks: string[] = [];
  for (let i = 0; i < code.length; i += 2) {
    const value = ((code[i] as number) << 8) | (code[i + 1] as number);
    blocks.push(String(value * 11).padStart(6, '0'));
  }
  return blocks;
}

export function parseCode(typed: string, blocks: number): Bytes {
  const digits = readDigits(typed);
  if (digits.length !== blocks * 6) refuse('malformed', 'code');
  const out = new Uint8Array(blocks * 2);
  for (let i = 0; i < blocks; i++) {
    const value = Number(digits.slice(i * 6, i * 6 + 6));
    if (value % 11 !== 0 || value > LARGEST_BLOCK) refuse('bad-block', '', i + 1);
    out[i * 2] = (value / 11) >> 8;
    out[i * 2 + 1] = (value / 11) & 0xff;
  }
  return out;
}

// -- genesis ---------------------------------------------------------------------------------------------------------

const genesisShape = closed({
  v: just(1),
  suite: just(1),
  receive: xText,
  log: xText,
  created: time,
  nonce: id,
});
export type Genesis = Shaped<typeof genesisShape>;

export function signGenesis(seed: Bytes, payload: Genesis): Promise<string> {
  const { v, suite, receive, log, created, nonce } = genesisShape(payload);
  return signJws('genesis', 'jwk', seed, { v, suite, receive, log, created, nonce });
}

export async function readGenesis(token: string): Promise<{ payload: Genesis; key: Bytes; wallet: Bytes }> {
  const { payload, key } = await verifyJwk(token, 'genesis', MAX_GENESIS);
  return { payload: genesisShape(payload), key, wallet: await walletId(token) };
}

export function walletId(genesis: string): Promise<Bytes> {
  return H('genesis', ascii(genesis));
}

// -- identity box ----------------------------------------------------------------------------------------------------

export type Identity = { readonly sign: Bytes; readonly receive: Bytes; readonly log: Bytes };

async function identityKey(vmk: Bytes, wallet: Bytes, epoch: number): Promise<Bytes> {
  return derive(vmk, 'identity-box', concat(wallet, u32(epoch)), 32);
}

function identityHeader(wallet: Bytes, epoch: number): HeaderMembers {
  return [
    ['wallet', b64u(wallet)],
    ['epoch', epoch],
  ];
}

export async function sealIdentity(vmk: Bytes, wallet: Bytes, epoch: number, identity: Identity, iv?: Bytes) {
  const plaintext = concat(identity.sign, identity.receive, identity.log);
  return sealJwe('identity-box', identityHeader(wallet, epoch), await identityKey(vmk, wallet, epoch), plaintext, iv);
}

export async function openIdentity(vmk: Bytes, wallet: Bytes, epoch: number, box: string): Promise<Identity> {
  const key = await identityKey(vmk, wallet, epoch);
  const raw = await openJwe(box, 'identity-box', identityHeader(wallet, epoch), key);
  if (raw.length !== 96) refuse('malformed', 'identity box');
  return { sign: raw.slice(0, 32), receive: raw.slice(32, 64), log: raw.slice(64, 96) };
}

/** Step (3) after every unwrap: the three private halves give the three public keys of the genesis. */
export async function checkIdentity(identity: Identity, genesis: { payload: Genesis; key: Bytes }): Promise<void> {
  const fits =
    equal(await ed25519Public(identity.sign), genesis.key) &&
    b64u(await x25519Public(identity.receive)) === genesis.payload.receive &&
    b64u(await x25519Public(identity.log)) === genesis.payload.log;
  if (!fits) refuse('server-lied', 'identity');
}

// -- envelope --------------------------------------------------------------------------------------------------------

export type EnvelopePlace = {
  readonly wallet: Bytes;
  readonly id: string;
  readonly method: Method;
  readonly version: number;
  readonly epoch: number;
};

function kdfOf(method: Method, handle: string): string {
  return method === 'passphrase' ? profileOf(handle) : 'none';
}

async function envelopeKeys(root: Bytes, place: EnvelopePlace): Promise<{ key: Bytes; commit: Bytes }> {
  const context = concat(place.wallet, unb64u(place.id, 16), u32(place.version), ascii(place.method));
  const both = await derive(root, 'envelope', context, 64);
  return { key: both.slice(0, 32), commit: both.slice(32) };
}

function envelopeHeader(place: EnvelopePlace, kdf: string, commit: string): HeaderMembers {
  return [
    ['wallet', b64u(place.wallet)],
    ['id', place.id],
    ['method', place.method],
    ['version', place.version],
    ['epoch', place.epoch],
    ['kdf', kdf],
    ['commit', commit],
  ];
}

export async function sealEnvelope(root: Bytes, handle: string, place: EnvelopePlace, vmk: Bytes, iv?: Bytes) {
  const { key, commit } = await envelopeKeys(root, place);
  const header = envelopeHeader(place, kdfOf(place.method, handle), b64u(commit));
  return sealJwe('envelope', header, key, vmk, iv);
}

/** May run before the root is derived: a weaker profile must not even cost the derivation. */
export function checkKdf(handle: string, method: Method, token: string): void {
  if (carried(token, 'kdf', any) !== kdfOf(method, handle)) refuse('kdf-refused');
}

export async function openEnvelope(root: Bytes, handle: string, place: EnvelopePlace, token: string): Promise<Bytes> {
  checkKdf(handle, place.method, token);
  const received = carried(token, 'commit', hash);
  const header = envelopeHeader(place, kdfOf(place.method, handle), received);
  expectHeader(token, 'envelope', header);
  const { key, commit } = await envelopeKeys(root, place);
  // The commitment before the tag: a wrong secret must not look like a damaged envelope.
  if (!equal(unb64u(received, 32), commit)) refuse('wrong-key');
  const vmk = await openJwe(token, 'envelope', header, key);
  return vmk.length === 32 ? vmk : refuse('malformed', 'envelope');
}

// -- after every unwrap ------------------------------------------------------------------------------------------------

export type Shown = {
  readonly wallet: Bytes;
  readonly genesis: string;
  readonly identityBox: string;
  readonly head: string;
  readonly methods: readonly MethodRow[];
  readonly objects: Objects;
};

/** The four checks before the first write. Whatever fails: `server-lied`, and nothing is written or sent. */
export async function checkUnlocked(vmk: Bytes, shown: Shown): Promise<{ identity: Identity; head: Change }> {
  try {
    // (1) the genesis is the one of this wallet
    const genesis = await readGenesis(shown.genesis);
    if (!equal(genesis.wallet, shown.wallet)) refuse('server-lied', 'wallet');
    // (4) the head is signed by it and names what was received
    const head = await checkHead(shown.head, genesis.key, shown.objects, shown.methods, shown.identityBox);
    if (head.wallet !== b64u(shown.wallet)) refuse('server-lied', 'wallet of the head');
    // (2) (3) the identity opens under VMK at the head's epoch and fits the public keys
    const identity = await openIdentity(vmk, shown.wallet, head.epoch, shown.identityBox);
    await checkIdentity(identity, genesis);
    return { identity, head };
  } catch {
    return refuse('server-lied');
  }
}
