/**
 * The root keys that vouch for the registry: from a person, or from the server at first sight (ADR 0018). Pinned in
 * the wallet, sealed, so that a new device or an evicted storage does not begin trusting anew.
 */
import { verified } from '../audit/server_keys.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { newId, utf8 } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { type Roots, readRoots, rootsFingerprint } from '../formats/registry.ts';
import { type JsonObject, writeJson } from '../formats/strict_json.ts';
import type { Item, Vault } from '../store/vault.ts';

const KIND = 'roots';

/** `fingerprint`: sixteen characters that a person compares with the paper at the advice office. */
export type PinnedRoots = { readonly bundle: string; readonly fingerprint: string; readonly since: number };
type Kept = { readonly roots: Roots; readonly since: number };

/** The pinned roots. ServerLied `roots-changed` where two devices have pinned different ones. */
export async function rootsHere(vault: Vault): Promise<Roots | null> {
  return (await kept(vault))?.roots ?? null;
}

/** At first sight those that the server shows; another device of the wallet may have seen some before. */
export async function rootsFound(vault: Vault): Promise<Roots> {
  const here = await rootsHere(vault);
  if (here !== null) return here;
  await vault.sync();
  return (await rootsHere(vault)) ?? served(vault);
}

/** Once a registry has verified with them. */
export async function pinFirst(vault: Vault, roots: Roots): Promise<void> {
  if ((await kept(vault)) === null) await pin(vault, roots);
}

/** After a registry did not verify: whether the server has taken to other roots, and which. */
export async function changedRoots(vault: Vault, pinned: Roots): Promise<ServerLied | null> {
  const shown = await served(vault);
  const [old, fresh] = [await rootsFingerprint(pinned), await rootsFingerprint(shown)];
  return old === fresh ? null : new ServerLied('roots-changed', { pinned: old, shown: fresh });
}

export async function pinnedRoots(vault: Vault): Promise<PinnedRoots | null> {
  const found = await kept(vault);
  if (found === null) return null;
  const { roots, since } = found;
  return { bundle: roots.bundle, fingerprint: await rootsFingerprint(roots), since };
}

/**
 * A roots file from somebody trusted. HolderError `bad-roots`; `roots-pinned` {pinned, shown} when others are pinned and
 * `replace` is not set: ask the person after showing both fingerprints.
 */
export async function pinRoots(
  vault: Vault,
  file: Uint8Array,
  options: { readonly replace?: boolean } = {},
): Promise<PinnedRoots> {
  let roots: Roots;
  try {
    roots = readRoots(file);
  } catch (error) {
    if (error instanceof Refusal) throw new HolderError('bad-roots', {}, error);
    throw error;
  }
  const before = options.replace === true ? null : await pinnedRoots(vault);
  const fingerprint = await rootsFingerprint(roots);
  if (before !== null && before.fingerprint !== fingerprint) {
    throw new HolderError('roots-pinned', { pinned: before.fingerprint, shown: fingerprint });
  }
  if (before?.fingerprint !== fingerprint) await pin(vault, roots);
  return (await pinnedRoots(vault)) as PinnedRoots;
}

async function served(vault: Vault): Promise<Roots> {
  const answer = await vault.server.text('/v1/registry/roots');
  return verified(() => readRoots(utf8(answer)));
}

function inWallet(vault: Vault): Item[] {
  return vault.items(KIND).filter((item) => item.payload.origin === vault.server.origin);
}

/** Two devices that saw roots for the first time, and saw different ones, have caught the server. */
async function kept(vault: Vault): Promise<Kept | null> {
  const found = await verified(() =>
    inWallet(vault).map(({ payload }): Kept => {
      return { roots: readRoots(String(payload.file)), since: Number(payload.created ?? 0) };
    }),
  );
  const [first, ...others] = found;
  if (first === undefined) return null;
  const pinned = await rootsFingerprint(first.roots);
  for (const { roots } of others) {
    const shown = await rootsFingerprint(roots);
    if (shown !== pinned) throw new ServerLied('roots-changed', { pinned, shown });
  }
  return first;
}

async function pin(vault: Vault, roots: Roots): Promise<void> {
  const { origin } = vault.server;
  const file = writeJson(roots as unknown as JsonObject);
  const [first, ...others] = inWallet(vault);
  const payload = { v: 1, kind: KIND, origin, file, created: vault.server.now() };
  await vault.outbox.write([
    { id: first?.id ?? newId(), payload },
    ...others.map((item) => ({ id: item.id, payload: null })),
  ]);
}
