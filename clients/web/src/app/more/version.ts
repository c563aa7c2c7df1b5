/**
 * Which app this is. The page names its first script by a hash of what is in it, and that one its own parts in the same
 * way, so the page's own hash stands for all of them: `sha256sum app.html` of a build that somebody makes again.
 */
import { sha256 } from '../../crypto/primitives.ts';

/** Hexadecimal digits: enough that nobody finds another build with the same. */
const SHOWN = 32;
const PAGE = '/app';

export async function appVersion(): Promise<string> {
  try {
    // Without `no-store`: what this browser runs is meant, also from the service worker's copy.
    const page = await fetch(PAGE);
    const hash = await sha256(new Uint8Array(await page.arrayBuffer()));
    const digits = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return (digits.slice(0, SHOWN).match(/.{4}/g) as string[]).join(' ');
  } catch {
    return '?';
  }
}
