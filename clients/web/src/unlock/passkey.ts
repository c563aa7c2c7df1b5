/**
 * A passkey as a method: its PRF output is the root (wallet.md, "Passkey"; WebAuthn Level 3, section 10.1.4). No WebAuthn
 * statement reaches the server. Written by hand: `toJSON()` of a credential with PRF crashes WebKit before iOS 26.5.1.
 */
import type { Server } from '../api/http.ts';
import { HolderError } from '../errors.ts';
import { ascii, type Bytes, b64u, fromAscii, random, unb64u } from '../formats/encoding.ts';
import { open, text } from '../formats/shape.ts';
import { parseHandle, passkeyInput, passkeyRoot } from '../formats/wallet.ts';
import type { Root } from './account.ts';
import type { Passkey, Profile } from './profile.ts';

/** COSE: what phones and security keys have; the signature is never looked at. */
const ALGORITHMS = [-7, -8, -257];
/** ms: a person looks for a finger, a face, a key. */
const PATIENCE = 120_000;

type PrfOutput = { readonly prf?: { readonly enabled?: boolean; readonly results?: { readonly first?: unknown } } };

async function rpIdOf(server: Server): Promise<string> {
  return (await server.get('/v1/meta', open({ rp_id: text }))).rp_id;
}

/** HolderError `no-passkey`: the person or the phone said no; `no-prf`: this browser has no passkeys at all. */
async function dialogue<T>(work: (container: CredentialsContainer) => Promise<T | null>): Promise<T> {
  const { credentials } = navigator;
  if (credentials === undefined || typeof PublicKeyCredential === 'undefined') throw new HolderError('no-prf');
  try {
    const found = await work(credentials);
    if (found !== null) return found;
  } catch (error) {
    throw new HolderError('no-passkey', { name: error instanceof DOMException ? error.name : 'none' }, error);
  }
  throw new HolderError('no-passkey');
}

/** 32 bytes, or null where the authenticator gives none. Some password managers answer with a plain array. */
function prfOutput(credential: PublicKeyCredential): Bytes | null {
  const first = (credential.getClientExtensionResults() as PrfOutput).prf?.results?.first;
  if (first === undefined || first === null) return null;
  const output = ArrayBuffer.isView(first)
    ? new Uint8Array(first.buffer.slice(first.byteOffset, first.byteOffset + first.byteLength) as ArrayBuffer)
    : first instanceof ArrayBuffer
      ? new Uint8Array(first)
      : Uint8Array.from(first as ArrayLike<number>);
  return output.length === 32 ? output : null;
}

type Asserted = { readonly id: string; readonly handle: string | null; readonly output: Bytes };

/** HolderError `no-prf` where the passkey gives no secret. */
async function assertion(rpId: string, id?: string): Promise<Asserted> {
  const first = await passkeyInput();
  const allowed = id === undefined ? {} : { allowCredentials: [{ type: 'public-key' as const, id: unb64u(id) }] };
  const credential = await dialogue(
    (credentials) =>
      credentials.get({
        publicKey: {
          rpId,
          challenge: random(32),
          userVerification: 'required',
          timeout: PATIENCE,
          extensions: { prf: { eval: { first } } },
          ...allowed,
        },
      }) as Promise<PublicKeyCredential | null>,
  );
  const output = prfOutput(credential);
  if (output === null) throw new HolderError('no-prf');
  const { userHandle } = credential.response as AuthenticatorAssertionResponse;
  const handle = userHandle === null || userHandle.byteLength === 0 ? null : fromAscii(new Uint8Array(userHandle));
  return { id: b64u(new Uint8Array(credential.rawId)), handle, output };
}

async function rootOf(handle: string, output: Bytes): Promise<Root> {
  const root = await passkeyRoot(handle, output);
  output.fill(0);
  return { kind: 'passkey', root };
}

/**
 * Makes one for a wallet. It counts only after an assertion has given its secret: an authenticator that promises PRF and
 * does not deliver it would lock its owner out.
 */
export function makerOf(server: Server): (handle: string) => Promise<{ root: Root; passkey: Passkey }> {
  return async (handle) => {
    const rpId = await rpIdOf(server);
    const first = await passkeyInput();
    const name = `Mappe ${handle.slice(0, 5)}`;
    const credential = await dialogue(
      (credentials) =>
        credentials.create({
          publicKey: {
            rp: { id: rpId, name: 'Mappe' },
            user: { id: ascii(handle), name, displayName: name },
            challenge: random(32),
            pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
            authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
            attestation: 'none',
            timeout: PATIENCE,
            // with a value: Windows Hello refuses an empty request
            extensions: { prf: { eval: { first } } },
          },
        }) as Promise<PublicKeyCredential | null>,
    );
    const id = b64u(new Uint8Array(credential.rawId));
    try {
      const { prf } = credential.getClientExtensionResults() as PrfOutput;
      if (prf?.enabled !== true && prfOutput(credential) === null) throw new HolderError('no-prf');
      const { output } = await assertion(rpId, id);
      return { root: await rootOf(handle, output), passkey: { id, rpId } };
    } catch (error) {
      await forgetUseless(rpId, id);
      throw error;
    }
  };
}

/** WebAuthn Level 3, section 5.1.10: the phone need not offer what opens nothing. */
async function forgetUseless(rpId: string, credentialId: string): Promise<void> {
  type Signals = { signalUnknownCredential?: (of: { rpId: string; credentialId: string }) => Promise<void> };
  await (PublicKeyCredential as unknown as Signals)
    .signalUnknownCredential?.({ rpId, credentialId })
    .catch(() => undefined);
}

/** For a wallet that this device knows; without a network where the passkey was made or used here. */
export async function askFor(server: Server, profile: Profile): Promise<Root> {
  const { handle, passkey } = profile;
  const found = await assertion(passkey?.rpId ?? (await rpIdOf(server)), passkey?.id);
  if (found.handle !== null && found.handle !== handle) throw new HolderError('other-passkey');
  return rootOf(handle, found.output);
}

/** On a new device: the passkey names its wallet. */
export async function ask(server: Server): Promise<{ handle: string; root: Root; passkey: Passkey }> {
  const rpId = await rpIdOf(server);
  const { id, handle: named, output } = await assertion(rpId);
  if (named === null) throw new HolderError('no-passkey');
  const handle = parseHandle(named);
  return { handle, root: await rootOf(handle, output), passkey: { id, rpId } };
}
