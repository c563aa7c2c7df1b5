/** What a scanned or pasted text is: one of our codes, and which; or something else. */
import { readLink } from '../formats/grant.ts';

export type Target =
  /** An office asks. */
  | { readonly kind: 'request'; readonly url: string }
  /** Another device of the holder's wants to join. */
  | { readonly kind: 'join'; readonly url: string }
  /** Papers that somebody shares; an agency's code; a code to put papers into a wallet. */
  | { readonly kind: 'papers' | 'agency' | 'deposit'; readonly url: string }
  /** One of our codes, of another server. */
  | { readonly kind: 'elsewhere'; readonly origin: string }
  | { readonly kind: 'other' };

/** X25519 key and thumbprint, 64 bytes, as base64url. */
const JOIN = /^(https?:\/\/[^/?#@\s]+)\/j#([A-Za-z0-9_-]{86})$/;
const KINDS = { g: 'papers', a: 'agency', r: 'request', d: 'deposit' } as const;

/** `origin`: this wallet's server. Messengers turn `#` into `%23`: such a link has been broken by them, not by the person. */
export function readTarget(text: string, origin: string): Target {
  const url = text.trim().replace(/\/([gardj])%23/, '/$1#');
  const join = JOIN.exec(url);
  if (join !== null)
    return join[1] === origin ? { kind: 'join', url } : { kind: 'elsewhere', origin: join[1] as string };
  try {
    const link = readLink(url);
    if (link.origin !== origin) return { kind: 'elsewhere', origin: link.origin };
    return { kind: KINDS[link.path], url };
  } catch {
    return { kind: 'other' };
  }
}
