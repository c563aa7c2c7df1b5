/** The registry as a client sees it: two root keys sign it, it only moves forward, it stands in the public log. */
import { HolderError } from '../errors.ts';
import type { Agency, Registry } from '../formats/registry.ts';
import type { Vault } from '../store/vault.ts';

export type { Agency, Registry };

/** `fingerprint`: sixteen characters that a person compares with the paper at the advice office. */
export type PinnedRoots = { readonly bundle: string; readonly fingerprint: string; readonly since: number };

/** What a person reads about an office before anything is chosen. */
export type Office = {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly contact: { readonly email?: string; readonly phone?: string; readonly url?: string };
  readonly power: Agency['power'];
  readonly active: boolean;
  readonly purposes: Agency['purposes'];
};

/**
 * The verified registry. ServerLied `bad-signature`, `rolled-back`, `two-faced`, `unlogged`, `roots-changed`;
 * HolderError `keys-changed` {offices}, `expired`, `no-registry`.
 */
export async function fetchRegistry(_vault: Vault, _options?: { acceptChangedKeys?: boolean }): Promise<Registry> {
  throw new HolderError('not-built');
}

/** The last one that was accepted here, for offline. null: none. */
export async function keptRegistry(_vault: Vault): Promise<Registry | null> {
  throw new HolderError('not-built');
}

export async function pinnedRoots(_vault: Vault): Promise<PinnedRoots | null> {
  throw new HolderError('not-built');
}

/** A roots file from somebody trusted. HolderError `roots-pinned` when others are pinned and `replace` is not set. */
export async function pinRoots(
  _vault: Vault,
  _file: Uint8Array,
  _options?: { replace?: boolean },
): Promise<PinnedRoots> {
  throw new HolderError('not-built');
}

export function offices(_registry: Registry): Office[] {
  throw new HolderError('not-built');
}
