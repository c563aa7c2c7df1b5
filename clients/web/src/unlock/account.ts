/**
 * Unlock: making a wallet, bringing it to a device, opening it (wallet.md, sign_in.md). Every way ends in the checks of
 * "After every unwrap": what the server showed is this wallet and no other, or nothing is written or sent.
 */
import { resent, type Server, serverNow } from '../api/http.ts';
import { type Keeper, keep as keepPromise } from '../audit/promises.ts';
import { ed25519Public, x25519Public } from '../crypto/primitives.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { accessOf, changeHash, rootOf, signChange } from '../formats/chain.ts';
import { digest } from '../formats/derive.ts';
import { ascii, type Bytes, b64u, newId, random, unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { ASSISTED_SECONDS } from '../formats/join.ts';
import { carried } from '../formats/jwe.ts';
import { either, id, list, open, text, time, version } from '../formats/shape.ts';
import { esDpopKey, signSignIn } from '../formats/sign_in.ts';
import type { Json, JsonObject } from '../formats/strict_json.ts';
import {
  type Identity,
  type Method,
  newHandle,
  openEnvelope,
  passphraseRoot,
  pinProof,
  RECOVERY_BLOCKS,
  readGenesis,
  recoveryRoot,
  STOP_BLOCKS,
  sealEnvelope,
  sealIdentity,
  showCode,
  signGenesis,
  signInSeed,
  stopProof,
} from '../formats/wallet.ts';
import type { Shelf } from '../store/shelf.ts';
import { deviceLabel } from './label.ts';
import { deviceOf, freeSign, type MethodRow, newDeviceKeys, type Passkey, Profile } from './profile.ts';
import { codeOf, digitsOf, handleOf, newDigits } from './typed.ts';

const PASSPHRASE_DIGITS = 24;
const SHEET_PIN_DIGITS = 6;
const WAITING = 'waiting';

/** For the sheet; kept nowhere. Digits come in groups as they are printed. */
export type Secrets = {
  readonly handle: string;
  readonly passphrase: string;
  readonly recoveryCode: readonly string[];
  readonly sheetPin: string;
  readonly stopCode: readonly string[];
};
export type Root = { readonly kind: Method; readonly root: Bytes };
/** `epoch`: of the envelope that opened; the head must name the same one. */
export type Opened = { readonly profile: Profile; readonly vmk: Bytes; readonly epoch: number };

export const methodRow = open({ id, kind: text, version, envelope: text });
export const methodRows = (value: Json): MethodRow[] => list(methodRow)(value) as unknown as MethodRow[];

// -- roots -----------------------------------------------------------------------------------------------------------

/** Beside the page where it can be, so that the page keeps answering. */
export async function rootOfPassphrase(handle: string, typed: string): Promise<Root> {
  const digits = digitsOf(typed, PASSPHRASE_DIGITS);
  const { stretch } = await import('../crypto/stretch.ts');
  return { kind: 'passphrase', root: await passphraseRoot(handle, digits, undefined, stretch) };
}

export async function rootOfRecovery(handle: string, typed: string): Promise<Root> {
  return { kind: 'recovery', root: await recoveryRoot(handle, codeOf(typed, RECOVERY_BLOCKS)) };
}

export function rootOfTyped(handle: string, typed: { passphrase?: string; recoveryCode?: string }): Promise<Root> {
  if (typed.passphrase !== undefined) return rootOfPassphrase(handle, typed.passphrase);
  if (typed.recoveryCode !== undefined) return rootOfRecovery(handle, typed.recoveryCode);
  throw new HolderError('no-secret');
}

// -- methods ---------------------------------------------------------------------------------------------------------

export type Enrolled = { readonly plain: MethodRow; readonly row: JsonObject };

/** A method with its envelope of VMK, and how it is told to the server: with the public half of its sign-in key. */
export async function enrol(
  handle: string,
  { kind, root }: Root,
  place: { wallet: Bytes; id?: string; version?: number; epoch: number },
  vmk: Bytes,
): Promise<Enrolled> {
  const at = {
    wallet: place.wallet,
    id: place.id ?? newId(),
    method: kind,
    version: place.version ?? 1,
    epoch: place.epoch,
  };
  const plain: MethodRow = {
    id: at.id,
    kind,
    version: at.version,
    envelope: await sealEnvelope(root, handle, at, vmk),
  };
  const seed = await signInSeed(handle, root);
  return { plain, row: { ...plain, public: b64u(await ed25519Public(seed)) } };
}

/** The digest by which the server knows the sheet PIN. */
export async function sheetPinDigest(handle: string, root: Bytes, pin: string): Promise<string> {
  return digest(await pinProof(handle, root, pin));
}

/** The epoch that an envelope claims; the head must name the same one, which its access hash covers. */
export function envelopeEpoch(envelope: string): number {
  return carried(envelope, 'epoch', version);
}

/**
 * VMK out of the envelope of this method. ServerLied when the envelope is of another wallet, method or version, or its
 * cost was changed; HolderError `wrong-secret` when the secret is simply another one.
 */
export async function openVmk(of: Listed, root: Root): Promise<Bytes> {
  return (await openMethod(of, root)).vmk;
}

type Listed = { readonly wallet: string; readonly handle: string; readonly methods: readonly MethodRow[] };

/** The same, and which of several methods of a kind it was. */
export async function openMethod(of: Listed, { kind, root }: Root): Promise<{ vmk: Bytes; method: MethodRow }> {
  const wallet = unb64u(of.wallet, 32);
  const methods = of.methods.filter((one) => one.kind === kind);
  if (methods.length === 0) throw new ServerLied('server-lied', { hidden: kind });
  let failure: unknown;
  for (const method of methods) {
    const { id, version, envelope } = method;
    try {
      const place = { wallet, id, method: kind, version, epoch: envelopeEpoch(envelope) };
      return { vmk: await openEnvelope(root, of.handle, place, envelope), method };
    } catch (error) {
      // another method of the kind is passed over; an envelope that is not what it says is not
      if (failure === undefined || !(error instanceof Refusal) || error.code !== 'wrong-key') failure = error;
    }
  }
  if (!(failure instanceof Refusal)) throw failure;
  if (failure.code === 'wrong-key') throw new HolderError('wrong-secret', { kind }, failure);
  throw new ServerLied(failure.code, {}, failure);
}

// -- a new wallet ----------------------------------------------------------------------------------------------------

export type Creation = {
  readonly smallMemory?: boolean;
  readonly invitation?: string;
  readonly name?: string;
  /** The root of a further method, made for the new handle before anything is sent (unlock/passkey.ts). */
  readonly more?: (handle: string) => Promise<{ root: Root; passkey: Passkey }>;
};

/** All keys and secrets are made here. The profile is saved: the wallet's first device is this one. */
export async function create(
  server: Server,
  shelf: Shelf,
  options: Creation,
): Promise<Opened & { identity: Identity; secrets: Secrets }> {
  const handle = newHandle(options.smallMemory === true ? 'argon2id-32-6-1' : 'argon2id-64-3-1');
  const further = await options.more?.(handle);
  const passphrase = newDigits(PASSPHRASE_DIGITS);
  const [recovery, stop] = [random(2 * RECOVERY_BLOCKS), random(2 * STOP_BLOCKS)];
  const sheetPin = newDigits(SHEET_PIN_DIGITS);
  const recoveryWay: Root = { kind: 'recovery', root: await recoveryRoot(handle, recovery) };
  const ways = [
    await rootOfPassphrase(handle, passphrase),
    recoveryWay,
    ...(further === undefined ? [] : [further.root]),
  ];

  const identity: Identity = { sign: random(32), receive: random(32), log: random(32) };
  const genesis = await signGenesis(identity.sign, {
    v: 1,
    suite: 1,
    receive: b64u(await x25519Public(identity.receive)),
    log: b64u(await x25519Public(identity.log)),
    created: serverNow(),
    nonce: newId(),
  });
  const { wallet } = await readGenesis(genesis);
  const vmk = random(32);
  const identityBox = await sealIdentity(vmk, wallet, 1, identity);
  const methods = await Promise.all(ways.map((way) => enrol(handle, way, { wallet, epoch: 1 }, vmk)));
  const rows = methods.map(({ row }) => row);
  const pin = await sheetPinDigest(handle, recoveryWay.root, sheetPin);
  for (const row of rows) if (row.kind === 'recovery') row.pin = pin;
  const plain = methods.map((method) => method.plain);

  const keys = await newDeviceKeys();
  const change = await signChange(identity.sign, {
    v: 1,
    wallet: b64u(wallet),
    number: 1,
    parent: null,
    epoch: 1,
    objects: [],
    root: await rootOf(new Map()),
    access: await accessOf(plain, identityBox),
    device: await deviceOf(keys),
    time: serverNow(),
  });
  const body: JsonObject = {
    handle,
    genesis,
    identity_box: identityBox,
    methods: rows,
    stop: await digest(await stopProof(handle, stop)),
    change,
    label: deviceLabel(),
  };
  if (options.invitation !== undefined) body.invitation = options.invitation;
  const entered = open({ wallet: text, token: text });
  await shelf.put(WAITING, handle, keys); // a shelf that keeps nothing is found out before there is a wallet
  const device = server.withKey(await esDpopKey(keys));
  const answer = await resent(() => device.post('/v1/wallets', body, entered)).finally(() => endWait(shelf, handle));
  if (answer.wallet !== b64u(wallet)) throw new ServerLied();
  const head = await changeHash(change);
  const profile = new Profile(shelf, {
    origin: server.origin,
    handle,
    wallet: answer.wallet,
    name: options.name ?? '',
    sign: await freeSign(shelf, answer.wallet),
    token: answer.token,
    genesis,
    identityBox,
    methods: plain,
    keys,
    passkey: further?.passkey ?? null,
    headChange: change,
    pin: { number: 1, head, epoch: 1, objects: new Map(), ancestors: new Map() },
  });
  await profile.save();
  const secrets = { handle, passphrase, recoveryCode: showCode(recovery), sheetPin, stopCode: showCode(stop) };
  return { profile, vmk, epoch: 1, identity, secrets };
}

// -- this device comes in ----------------------------------------------------------------------------------------------

const signedIn = open({ wallet: text, token: text, exp: time, genesis: text, identity_box: text, methods: methodRows });
const waits = open({ pending_until: time });

/**
 * Proves possession of one secret, receives envelopes, opens VMK. The profile is not saved and has no pin: the first sync
 * checks everything. HolderError `recovery-waits` {until}; `keys` are a device that the server knows already.
 */
export async function signIn(
  server: Server,
  shelf: Shelf,
  typedHandle: string,
  way: (handle: string) => Promise<Root>,
  options: { readonly sheetPin?: string; readonly keys?: CryptoKeyPair; readonly assist?: boolean } = {},
): Promise<Opened & { readonly entry: Entry }> {
  const handle = handleOf(typedHandle);
  const pinDigits = options.sheetPin === undefined ? undefined : digitsOf(options.sheetPin, SHEET_PIN_DIGITS);
  const root = await way(handle);
  const held = await shelf.get<CryptoKeyPair>(WAITING, handle);
  const keys = options.keys ?? held ?? (await newDeviceKeys());
  const device = server.withKey(await esDpopKey(keys));
  const pin = pinDigits === undefined ? undefined : b64u(await pinProof(handle, root.root, pinDigits));
  const { nonce } = await device.post('/v1/sign-in/challenge', {}, open({ nonce: text }));
  const proof = await signSignIn(await signInSeed(handle, root.root), {
    v: 1,
    origin: server.origin,
    handle,
    method: root.kind,
    action: options.assist === true ? 'assist' : 'sign-in',
    nonce,
    jkt: await deviceOf(keys),
    body: await digest(ascii(pin ?? '')),
  });
  const body: JsonObject = { proof, label: deviceLabel() };
  if (pin !== undefined) body.pin = pin;
  const answer = await device.post('/v1/sign-in', body, either(waits, signedIn));
  if ('pending_until' in answer) {
    await shelf.put(WAITING, handle, keys); // the wait is this key's: another one would wait anew
    throw new HolderError('recovery-waits', { until: answer.pending_until });
  }
  const { wallet, token, exp, genesis, identity_box: identityBox, methods } = answer as ReturnType<typeof signedIn>;
  if (options.assist === true) checkEnd(server, exp);
  const profile = new Profile(shelf, {
    origin: server.origin,
    handle,
    wallet,
    token,
    genesis,
    identityBox,
    methods: methods.map(({ id, kind, version, envelope }) => ({ id, kind, version, envelope })),
    keys,
    until: options.assist === true ? exp : null,
    unsure: true,
    sign: await freeSign(shelf, wallet),
  });
  try {
    const { vmk, method } = await openMethod(profile, root);
    return { profile, vmk, epoch: envelopeEpoch(method.envelope), entry: answer as ReturnType<typeof signedIn> };
  } catch (error) {
    // the server has just accepted a proof by this very secret
    if (error instanceof HolderError && error.code === 'wrong-secret') throw new ServerLied('server-lied', {}, error);
    throw error;
  }
}

/** Seconds: clocks may differ this much. */
const CLOCK_SECONDS = 300;

/** What the server says about a device that it has let in: until when, and the entry that it promises. */
export type Entry = JsonObject & { readonly exp: number };

function checkEnd(server: Server, exp: number): void {
  if (exp > server.now() + ASSISTED_SECONDS + CLOCK_SECONDS) throw new ServerLied('server-lied', { lent: exp });
}

/**
 * The log says that this device came in, and as what. A lent one ends after half an hour, by this clock too. ServerLied
 * where the server says otherwise. Whoever calls this has synchronised before: the wallet is no invention.
 */
export async function keepEntry(keeper: Keeper, answer: Entry, lent: boolean): Promise<void> {
  const { exp } = answer;
  if (lent) checkEnd(keeper.server, exp);
  if (lent) await keepPromise(keeper, answer, { detail: { until: exp } }, 'assisted-started');
  else await keepPromise(keeper, answer, {}, 'device-added', 'signed-in');
}

/** The wait is over: its key is the wallet's device now. */
export function endWait(shelf: Shelf, handle: string): Promise<void> {
  return shelf.delete(WAITING, handle);
}
