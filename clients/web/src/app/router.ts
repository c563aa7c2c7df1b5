/**
 * `#/name/id…`: names of screens and ids, never a secret. What is not such an address is taken out of the address bar at
 * once. A screen with something unsaved is not left without asking.
 */
import { computed, effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { curtain } from './curtain.ts';
import { atOffice, OFFICE } from './office.ts';
import { type Params, ROUTES, type Screen } from './routes.ts';
import { wallet } from './session.ts';

export type Place = { readonly name: string; readonly params: Params };

/** Where the app begins: with a wallet open, and without. */
export const HOME = 'papers';
const DOOR = atOffice ? 'assist' : 'start';
const PAGE = '/app';
const NAME = /^[a-z][a-z-]*$/;
const ID = /^[A-Za-z0-9_.~-]{1,128}$/;

const asked = signal<Place>({ name: '', params: [] });
/** The screen to be shown after the door: what was asked for while the wallet was locked. */
const wanted = signal<Place | null>(null);

/** The code of another device, with which this page was opened. */
export const incoming = signal<string | null>(null);

export function takeIncoming(): string | null {
  const text = incoming.peek();
  incoming.value = null;
  return text;
}

export function read(hash: string): Place | null {
  if (!hash.startsWith('#/')) return null;
  const [name = '', ...params] = hash.slice(2).split('/');
  return NAME.test(name) && params.every((one) => ID.test(one)) ? { name, params } : null;
}

export function href(name: string, ...params: string[]): string {
  return `#/${[name, ...params].join('/')}`;
}

/** At somebody else's computer the address, and so the browser's own history, names neither a screen nor an id. */
const addressOf = ({ name, params }: Place): string => (atOffice ? OFFICE : name === '' ? PAGE : href(name, ...params));
const DOOR_ADDRESS = atOffice ? `${PAGE}${OFFICE}` : PAGE;
/** There the places behind this one are remembered in memory. */
const places = new Map<number, Place>();

const known = (place: Place): Screen | undefined =>
  Object.hasOwn(ROUTES, place.name) ? (ROUTES as Readonly<Record<string, Screen>>)[place.name] : undefined;

/** What is on the screen: the one asked for, or home, or the door. */
export const route = computed<Place>(() => {
  const open = wallet.value !== null;
  const place = asked.value;
  const when = known(place)?.when;
  if (when === 'any' || when === (open ? 'open' : 'locked')) return place;
  return { name: open ? HOME : DOOR, params: [] };
});

/** Two places are two screens: each gets its own state and takes the focus. */
export const routeKey = computed(() => href(route.value.name, ...route.value.params));

// -- unsaved ---------------------------------------------------------------------------------------------------------

const dirty = new Set<() => boolean>();
/** Somebody wants to leave a screen with something unsaved: the shell asks. */
export const leaving = signal<{ readonly stay: () => void; readonly leave: () => void } | null>(null);

export function hasUnsaved(): boolean {
  return [...dirty].some((check) => check());
}

/** `useUnsaved(() => text !== saved)`: while true, leaving asks first, nothing locks and no update comes in between. */
export function useUnsaved(check: () => boolean): void {
  useEffect(() => {
    dirty.add(check);
    return () => {
      dirty.delete(check);
    };
  });
}

function guarded(leave: () => void, stay: () => void): void {
  // Behind the curtain nobody goes anywhere: the wallet may be open there.
  if (curtain.peek() !== null) {
    stay();
    return;
  }
  if (!hasUnsaved()) {
    leave();
    return;
  }
  const answer = (then: () => void) => () => {
    leaving.value = null;
    then();
  };
  leaving.value = {
    stay: answer(stay),
    leave: answer(() => {
      dirty.clear();
      leave();
    }),
  };
}

// -- going -----------------------------------------------------------------------------------------------------------

/** How many screens of this app lie behind this one in the tab's history. */
let depth = 0;
const scrolls = new Map<number, number>();

type State = { readonly depth: number } | null;

function show(place: Place, top: boolean): void {
  if (atOffice) places.set(depth, place);
  asked.value = place;
  const y = top ? 0 : (scrolls.get(depth) ?? 0);
  requestAnimationFrame(() => scrollTo(0, y));
}

export function go(name: string, ...params: string[]): void {
  guarded(
    () => {
      scrolls.set(depth, scrollY);
      depth++;
      history.pushState({ depth }, '', addressOf({ name, params }));
      show({ name, params }, true);
    },
    () => undefined,
  );
}

/** The same without a way back to this screen: after something was done that cannot be done twice. */
export function replace(name: string, ...params: string[]): void {
  dirty.clear();
  history.replaceState({ depth }, '', addressOf({ name, params }));
  show({ name, params }, true);
}

export function back(): void {
  if (depth > 0) history.back();
  else go(HOME);
}

function popped(event: PopStateEvent): void {
  const state = event.state as State;
  const shown = location.hash === '' ? { name: '', params: [] } : read(location.hash);
  const place = atOffice ? (places.get(state?.depth ?? 0) ?? null) : shown;
  if (place === null) {
    // Something pasted behind the #: not ours, and it must not stay.
    history.replaceState({ depth }, '', addressOf(route.value));
    return;
  }
  const before = { at: depth, place: asked.value };
  guarded(
    () => {
      scrolls.set(before.at, scrollY);
      // A link was tapped: a new entry, which has no state yet.
      if (state === null) {
        depth++;
        history.replaceState({ depth }, '');
      } else depth = state.depth;
      show(place, state === null);
    },
    () => {
      history.pushState({ depth: before.at }, '', addressOf(before.place));
    },
  );
}

/** A link would put the place into the address: it is gone to without. */
function followQuietly(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest?.('a[href^="#/"]');
  const place = read(link?.getAttribute('href') ?? '');
  if (place === null) return;
  event.preventDefault();
  go(place.name, ...place.params);
}

export function startRouter(): void {
  history.scrollRestoration = 'manual';
  // Now, not when this file was loaded: the page of a request changes its address in between (pages/r.tsx).
  const first = read(location.hash);
  if (first !== null) asked.value = first;
  depth = atOffice ? 0 : ((history.state as State)?.depth ?? 0);
  // `/j#…`, read by a phone's own camera app: taken out of the address, kept for the screen that adds a device.
  if (location.pathname === '/j') incoming.value = location.hash === '' ? null : location.href;
  history.replaceState({ depth }, '', atOffice ? DOOR_ADDRESS : first === null ? PAGE : `${PAGE}${location.hash}`);
  if (atOffice) {
    places.set(depth, asked.value);
    addEventListener('click', followQuietly);
  }
  addEventListener('popstate', popped);
  addEventListener('beforeunload', (event) => {
    if (hasUnsaved()) event.preventDefault();
  });
  // A deep link while locked: the door first, then what was asked for.
  effect(() => {
    if (wallet.value === null) {
      if (known(asked.value)?.when === 'open') wanted.value = asked.value;
    } else if (wanted.peek() !== null) {
      const place = wanted.peek() as Place;
      wanted.value = null;
      if (known(asked.peek())?.when !== 'any') replace(place.name, ...place.params);
    } else if (incoming.peek() !== null) replace('device-add');
  });
}

/** After locking: nothing of the wallet stays in the address bar, and the next person does not land there. */
export function toDoor(): void {
  dirty.clear();
  leaving.value = null;
  wanted.value = null;
  scrolls.clear();
  history.replaceState({ depth }, '', DOOR_ADDRESS);
  asked.value = { name: '', params: [] };
}
