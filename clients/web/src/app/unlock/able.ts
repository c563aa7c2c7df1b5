/** What this device can do, asked before anything is offered. */

/** A passkey on this device whose secret (WebAuthn PRF) can open the wallet. A no is certain, a yes is a good guess. */
export async function canPasskey(): Promise<boolean> {
  try {
    if (typeof PublicKeyCredential === 'undefined') return false;
    if (!(await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable())) return false;
    const known = (
      PublicKeyCredential as { getClientCapabilities?: () => Promise<Record<string, boolean>> }
    ).getClientCapabilities?.();
    return (await known)?.['extension:prf'] !== false;
  } catch {
    return false;
  }
}

/** Argon2id with 64 MiB would push other apps out of such a phone (the handle then names the 32 MiB profile). */
const SMALL_GIB = 1;

export function smallMemory(): boolean {
  const memory = (navigator as { deviceMemory?: number }).deviceMemory;
  return memory !== undefined && memory <= SMALL_GIB;
}

/** A table with a mouse: perhaps an office's computer, on which no secret may be shown. */
export function looksLikeOffice(): boolean {
  return matchMedia('(pointer: fine) and (min-width: 60rem)').matches;
}
