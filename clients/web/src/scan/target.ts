/** What a scanned or pasted text is: one of our codes, and which; or something else. */
import { readLink } from '../formats/grant.ts';

export type Target =
  /** An office asks. */
  | { readonly kind: 'request'; readonly url: string }
  /** Another device of the holder's wants to join. */
  | { readonly kind: 'join'; readonly url: string }
  /** A clerk's page without enrolment waits. */
  | { readonly kind: 'desk'; readonly url: string }
  /** Papers that somebody shares; an agency's code; a code to put papers into a wallet. */
  | { readonly kind: 'papers' | 'agency' | 'deposit'; readonly url: string }
  /** One of our codes, of another server. */
  | { readonly kind: 'elsewhere'; readonly origin: string }
  | { readonly kind: 'other' };

/** X25519 key and thumbprint, 64 bytes, as base64url. */
const KEYS = /^(https?:\/\/[^/?#@\s]+)\/([ej])#([A-Za-z0-9_-]{86})$/;
const KINDS = { g: 'papers', a: 'agency', r: 'request', d: 'deposit' } as const;

/** `origin`: this wallet's server. Messengers turn `#` into `%23`: such a link has been broken by them, not by the person. */
export function readTarget(text: string, origin: string): Target {
  const url = text.trim().replace(/\/([gardej])%23/, '/$1#');
  const keys = KEYS.exec(url);
  if (keys !== null) {
    const kind = keys[2] === 'e' ? 'desk' : 'join';
    return keys[1] === origin ? { kind, url } : { kind: 'elsewhere', origin: keys[1] as string };
  }
  try {
    const link = readLink(url);
    if (link.origin !== origin) return { kind: 'elsewhere', origin: link.origin };
    return { kind: KINDS[link.path], url };
  } catch {
    return { kind: 'other' };
  }
}
