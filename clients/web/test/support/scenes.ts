/** Which test plays which scenes of tests/adversary/lies.json; lies.test.ts beside it holds that none is left out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lie } from './liar.ts';
import { ROOT } from './server.ts';

export const LIES: readonly Lie[] = JSON.parse(readFileSync(join(ROOT, 'tests/adversary/lies.json'), 'utf8')).lies;

/** test/store/lies.test.ts */
export const UNLOCK_AND_STORE = [
  ...(['adopt', 'adopt-after-delete', 'adopt-with-floor', 'sync', 'sync-back', 'write', 'download'] as const),
  ...(['join', 'join-assisted', 'join-old', 'pin', 'pin-again', 'assist'] as const),
  ...(['pin-set-again', 'pin-set-elsewhere', 'deposit-code-again'] as const),
] as const;
/** test/audit/lies.test.ts */
export const LOG_AND_REGISTRY = ['log', 'registry'] as const;
/** test/redeem/lies.test.ts: the pages of recipients and depositors. */
export const PAGES = ['peek', 'open', 'deposit'] as const;

/** The lies of these scenes that this client meets. */
export function played(scenes: readonly string[]): Lie[] {
  return LIES.filter(({ when, unplayed }) => scenes.includes(when) && unplayed?.web === undefined);
}
