/**
 * The registry as a client sees it: two root keys sign it, it only moves forward, and it stands in the public log. Twin of
 * mappe.recipient.registry.
 */
import { Problem } from '../api/http.ts';
import { Pins } from '../audit/pins.ts';
import { serverKeys } from '../audit/server_keys.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { b64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { registryLeaf } from '../formats/log.ts';
import {
  type Agency,
  type ReadRegistry,
  type Registry,
  type Roots,
  readRegistry,
  sealKids,
} from '../formats/registry.ts';
import type { Vault } from '../store/vault.ts';
import { changedRoots, pinFirst, rootsFound, rootsHere } from './roots.ts';

export { type PinnedRoots, pinnedRoots, pinRoots } from './roots.ts';
export type { Agency, Registry };

const BOX = 'registry';
/** A version loaded this moment reaches the public log within seconds: waited for before anybody is accused. */
const LOGGED_TRIES = 10;
const LOGGED_PAUSE = 1000;

/** Characters of a key's name that a person compares with what `mappe-agency` shows at the office. */
const COMPARED = 12;

/** The last registry that was verified, and for each office the seal keys that were accepted: public things. */
type Kept = { readonly document: string; readonly seals: Readonly<Record<string, readonly string[]>> };

/** A known office with a seal key that nobody here has accepted. `keys`: those that are new, as a person compares them. */
export type Changed = { readonly agency: Agency; readonly keys: readonly string[] };
/** An office among `changed` is not among `agencies`: nothing is sealed to it before a person has asked there. */
export type Checked = Registry & { readonly changed: readonly Changed[] };

/**
 * The registry, verified, in this order: (1) two root signatures; (2) it continues the pinned one and is fresh; (3) its
 * leaf is in the public log, so that everybody is shown this one; (4) a known office with a new seal key is set apart,
 * until a person has accepted that very key. ServerLied `bad-signature`, `roots-changed`, `rolled-back`, `two-faced`,
 * `header-mismatch`, `malformed`, `unlogged`; HolderError `registry-expired`, `no-registry`.
 */
export async function fetchRegistry(vault: Vault): Promise<Checked> {
  const { document, roots } = await fetched(vault);
  const pins = new Pins(vault.shelf);
  const pin = await pins.newest('registry', nameOf(vault, roots));
  const read = await check(vault, document, roots, pin); // (1) (2)
  await logged(vault, read); // (3)
  await pinFirst(vault, roots);
  const kept = await vault.shelf.get<Kept>(BOX, nameOf(vault, roots));
  const checked = setApart(kept, read.registry); // (4)
  // An office that was taken out keeps what was accepted: it must not come back with another key as a new one.
  const seals = { ...kept?.seals, ...Object.fromEntries(checked.agencies.map((one) => [one.id, sealKids(one)])) };
  await vault.shelf.put(BOX, nameOf(vault, roots), { document, seals } satisfies Kept);
  const { version, hash } = read.pin;
  await pins.raise('registry', nameOf(vault, roots), { number: version, hash });
  return checked;
}

/**
 * A person has asked the office: exactly the keys that were shown are accepted, and no other change. HolderError
 * `keys-changed` where the registry shows others by now.
 */
export async function acceptKeys(vault: Vault, shown: Changed): Promise<void> {
  const roots = await rootsHere(vault);
  const name = roots === null ? '' : nameOf(vault, roots);
  const kept = await vault.shelf.get<Kept>(BOX, name);
  const now = (await keptRegistry(vault))?.changed.find(({ agency }) => agency.id === shown.agency.id);
  const seals = sealKids(shown.agency);
  if (kept === undefined || now === undefined || sealKids(now.agency).join() !== seals.join()) {
    throw new HolderError('keys-changed', { offices: [shown.agency.name] });
  }
  await vault.shelf.put(BOX, name, { ...kept, seals: { ...kept.seals, [shown.agency.id]: seals } } satisfies Kept);
}

/** With the offices that are set apart: to read what they have signed, never to seal anything to them. */
export function whole({ changed, ...registry }: Checked): Registry {
  return { ...registry, agencies: [...registry.agencies, ...changed.map(({ agency }) => agency)] };
}

/** The last one that was verified here, while it lasts: for offline. null: none. */
export async function keptRegistry(vault: Vault): Promise<Checked | null> {
  try {
    const roots = await rootsHere(vault);
    if (roots === null) return null;
    const kept = await vault.shelf.get<Kept>(BOX, nameOf(vault, roots));
    if (kept === undefined) return null;
    return setApart(kept, (await readRegistry(kept.document, roots, vault.server.now())).registry);
  } catch (error) {
    if (error instanceof HolderError || error instanceof Refusal) return null;
    throw error;
  }
}

const nameOf = (vault: Vault, roots: Roots) => `${vault.server.origin} ${roots.bundle}`;

async function fetched(vault: Vault): Promise<{ document: string; roots: Roots }> {
  try {
    return { roots: await rootsFound(vault), document: await vault.server.text('/v1/registry') };
  } catch (error) {
    if (error instanceof Problem && error.code === 'registry-unavailable') {
      throw new HolderError('no-registry', {}, error);
    }
    throw error;
  }
}

async function check(
  vault: Vault,
  document: string,
  roots: Roots,
  pin: { readonly number: number; readonly hash: string } | null,
): Promise<ReadRegistry> {
  const pinned = pin === null ? undefined : { version: pin.number, hash: pin.hash };
  try {
    return await readRegistry(document, roots, vault.server.now(), pinned);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // The operator has not renewed it, or withholds a newer one: nothing is shared with an office either way.
    if (error.code === 'expired') throw new HolderError('registry-expired', {}, error);
    if (error.code === 'bad-signature')
      throw (await changedRoots(vault, roots)) ?? new ServerLied(error.code, {}, error);
    throw new ServerLied(error.code, { registry: true }, error);
  }
}

async function logged(vault: Vault, { registry, hash }: ReadRegistry): Promise<void> {
  const leaf = await registryLeaf(hash, registry.version, registry.bundle);
  const keys = serverKeys(vault);
  for (let attempt = 1; !(await keys.included(leaf)); attempt++) {
    if (attempt === LOGGED_TRIES) throw new ServerLied('unlogged', { registry: true, hash: b64u(hash) });
    await new Promise((resolve) => setTimeout(resolve, LOGGED_PAUSE));
  }
}

/** Offices known before whose seal keys are not those accepted before: shown in red, and a stop. */
function setApart(kept: Kept | undefined, registry: Registry): Checked {
  const changed: Changed[] = [];
  for (const agency of registry.agencies) {
    const before = kept !== undefined && Object.hasOwn(kept.seals, agency.id) ? kept.seals[agency.id] : undefined;
    const fresh = before === undefined ? [] : sealKids(agency).filter((kid) => !before.includes(kid));
    if (fresh.length > 0) changed.push({ agency, keys: fresh.map((kid) => kid.slice(0, COMPARED)) });
  }
  const apart = new Set(changed.map(({ agency }) => agency));
  return { ...registry, agencies: registry.agencies.filter((agency) => !apart.has(agency)), changed };
}

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

/** By name. */
export function offices(registry: Registry): Office[] {
  return registry.agencies
    .map(({ id, name, address, contact, power, status, purposes }) => {
      return { id, name, address, contact, power, active: status === 'active', purposes };
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'de'));
}
