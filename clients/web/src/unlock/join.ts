/** A new device comes in by the QR code that one of the holder's devices reads (join.md). */
import { Problem, Server, serverNow } from '../api/http.ts';
import { pause } from '../api/pause.ts';
import { keep as keepPromise } from '../audit/promises.ts';
import { x25519Public } from '../crypto/primitives.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { type Bytes, b64u, random, unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import {
  JOIN_SECONDS,
  type JoinCode,
  type JoinMode,
  joinDigits,
  joinId,
  joinLink,
  openJoin,
  readJoinLink,
  sealJoin,
} from '../formats/join.ts';
import { one, open, text, time } from '../formats/shape.ts';
import { esDpopKey } from '../formats/sign_in.ts';
import { checkKeysKept } from '../store/keeps.ts';
import type { Shelf } from '../store/shelf.ts';
import { Vault } from '../store/vault.ts';
import { envelopeEpoch, keepEntry, methodRows } from './account.ts';
import { deviceOf, findWallet, freeSign, NO_PIN, newDeviceKeys, Profile } from './profile.ts';
import { Wallet } from './wallet.ts';

/** ms between two questions whether somebody has said yes. */
const EVERY = 2000;

export type { JoinMode } from '../formats/join.ts';
/** `digits` are shown on both screens and must be the same. `until`: when the code ends, in seconds. */
export type Joining = {
  readonly url: string;
  readonly digits: string;
  readonly until: number;
  /** HolderError `join-over` after ten minutes; what `signal` says when it ends. */
  wait(signal: AbortSignal): Promise<Wallet>;
};
export type JoinRequest = {
  readonly digits: string;
  approve(wallet: Wallet, mode: JoinMode): Promise<void>;
};

/** Both keys are for this one join; the device key becomes the device's. */
export async function beginJoin(shelf: Shelf, origin?: string): Promise<Joining> {
  await checkKeysKept(shelf);
  const keys = await newDeviceKeys();
  const secret = random(32);
  const code: JoinCode = { publicKey: await x25519Public(secret), jkt: unb64u(await deviceOf(keys), 32) };
  const server = new Server(origin, await esDpopKey(keys));
  const until = serverNow() + JOIN_SECONDS;
  const path = `/v1/joins/${b64u(await joinId(code))}/collect`;
  return {
    url: joinLink(server.origin, code),
    digits: await joinDigits(code),
    until,
    async wait(signal) {
      for (;;) {
        signal.throwIfAborted();
        const answer = await collect(server, path);
        if (answer !== null) return comeIn(shelf, server, keys, { secret, code }, answer);
        if (serverNow() > until) throw new HolderError('join-over');
        await pause(EVERY, signal);
      }
    },
  };
}

const collected = open({
  wallet: text,
  token: text,
  exp: time,
  genesis: text,
  identity_box: text,
  methods: methodRows,
  box: text,
  mode: one('device', 'assisted'),
});
type Collected = ReturnType<typeof collected>;

/** null: nobody has said yes yet, or no answer came. */
async function collect(server: Server, path: string): Promise<Collected | null> {
  try {
    return await server.post(path, {}, collected);
  } catch (error) {
    const patience =
      error instanceof Problem && (error.code === 'join-waiting' || error.status === 0 || error.status >= 500);
    if (patience) return null;
    throw error;
  }
}

async function comeIn(
  shelf: Shelf,
  server: Server,
  keys: CryptoKeyPair,
  { secret, code }: { secret: Bytes; code: JoinCode },
  answer: Collected,
): Promise<Wallet> {
  const joined = await openJoin(secret, code.jkt, answer.box, answer).catch((error: unknown) => {
    throw error instanceof Refusal ? new ServerLied(error.code, {}, error) : error;
  });
  const [method] = answer.methods;
  if (method === undefined) throw new ServerLied('server-lied', { methods: 0 });
  const profile = new Profile(shelf, {
    origin: server.origin,
    handle: joined.handle,
    wallet: joined.wallet,
    token: answer.token,
    genesis: answer.genesis,
    identityBox: answer.identity_box,
    methods: answer.methods.map(({ id, kind, version, envelope }) => ({ id, kind, version, envelope })),
    keys,
    until: joined.mode === 'assisted' ? answer.exp : null,
    unsure: true,
    sign: await freeSign(shelf, joined.wallet),
  });
  // A device that knew the wallet forgets nothing of what it has seen and was promised by coming in anew.
  const known = await findWallet(shelf, server.origin, joined.handle);
  if (known !== undefined && known.wallet !== joined.wallet)
    throw new ServerLied('server-lied', { wallet: joined.wallet });
  if (known !== undefined) profile.remember(known);
  const vault = await Vault.open(profile, shelf, unb64u(joined.vmk, 32), envelopeEpoch(method.envelope));
  // The head that the other device has verified judges what the server shows.
  await vault.sync({ floor: joined.number, known: { ...NO_PIN, number: joined.number, head: joined.head } });
  await keepEntry(vault, answer, joined.mode === 'assisted');
  const wallet = await Wallet.enter(shelf, profile, vault);
  wallet.fresh.arrive(); // the other device has asked for a proof before it said yes
  await vault.load();
  return wallet;
}

/** HolderError `not-a-join`. The code is taken from the new device's screen, never from a message. */
export async function readJoin(url: string): Promise<JoinRequest> {
  let read: ReturnType<typeof readJoinLink>;
  try {
    read = readJoinLink(url);
  } catch (error) {
    throw new HolderError('not-a-join', {}, error);
  }
  const { origin, code } = read;
  return {
    digits: await joinDigits(code),
    async approve(wallet, mode) {
      const { vault, profile } = wallet;
      wallet.fresh.demand();
      if (origin !== profile.origin) throw new HolderError('other-origin', { origin });
      await vault.sync();
      await vault.exclusive(async () => {
        const { number, hash } = vault.state.head;
        const box = await sealJoin(code, {
          v: 1,
          handle: profile.handle,
          wallet: profile.wallet,
          vmk: b64u(vault.vmk),
          number,
          head: hash as string,
          mode,
        });
        const path = `/v1/joins/${b64u(await joinId(code))}`;
        const answer = await vault.server.post(path, { device: b64u(code.jkt), box, mode });
        // An earlier approval's promise would leave this one out of the log, or call a lent computer a device that stays.
        await keepPromise(vault, answer, { detail: { device: b64u(code.jkt), mode } }, 'join-approved');
      });
    },
  };
}
