/**
 * The app without a network. Kept: the page and the built files that `scripts/sw.ts` lists with their digests, nothing
 * else. What the server answers (/v1, /log) is never looked at here, let alone kept. The browser itself compares each file
 * with its digest (Subresource Integrity), so a file that was altered on the way is neither kept nor run.
 */

type Listed = readonly [url: string, integrity: string];
type Shell = { readonly version: string; readonly first: readonly Listed[]; readonly later: readonly Listed[] };
type Extendable = Event & { waitUntil(work: Promise<unknown>): void };
type Fetching = Extendable & { readonly request: Request; respondWith(answer: Promise<Response>): void };
type Worker = {
  addEventListener(kind: 'install' | 'activate', handle: (event: Extendable) => void): void;
  addEventListener(kind: 'fetch', handle: (event: Fetching) => void): void;
  addEventListener(kind: 'message', handle: (event: MessageEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
};

declare const MAPPE_SHELL: Shell;
const worker = self as unknown as Worker;
const shell = MAPPE_SHELL;
const PREFIX = 'mappe-shell-';
const NAME = `${PREFIX}${shell.version}`;
const PAGE = '/app';
const VIEWER = '/app/viewer';
const KNOWN: ReadonlyMap<string, string> = new Map([...shell.first, ...shell.later]);

/** Names under /assets/ carry a hash: what an older version has kept under the same name is the same file. */
async function take(cache: Cache, [url, integrity]: Listed): Promise<void> {
  const had = url.startsWith('/assets/') ? await caches.match(url) : undefined;
  const answer = had ?? (await fetch(url, { integrity, cache: 'no-cache', credentials: 'omit', redirect: 'error' }));
  if (!answer.ok) throw new Error(url);
  await cache.put(url, answer);
}

/** All or nothing: an install that fails leaves the version before it in its place. */
async function install(): Promise<void> {
  const cache = await caches.open(NAME);
  await Promise.all(shell.first.map((one) => take(cache, one)));
}

/** The version before stays for a window that still runs it; older ones go. */
async function tidy(): Promise<void> {
  const ours = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(ours.slice(0, -1).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** What a window has loaded before there was a service worker: its language. */
async function keep(urls: readonly unknown[]): Promise<void> {
  const cache = await caches.open(NAME);
  const listed = shell.later.filter(([url]) => urls.includes(url));
  await Promise.allSettled(listed.map(async (one) => (await cache.match(one[0])) ?? take(cache, one)));
}

async function page(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  return (await cache.match(path)) ?? fetch(request);
}

async function file(url: string, request: Request): Promise<Response> {
  const kept = (await (await caches.open(NAME)).match(url)) ?? (await caches.match(url));
  if (kept !== undefined) return kept;
  const integrity = KNOWN.get(url);
  if (integrity === undefined) return fetch(request);
  const answer = await fetch(url, { integrity, credentials: 'omit', redirect: 'error' });
  if (answer.ok) {
    const copy = answer.clone();
    // A full disk must not keep the file from being used now.
    caches
      .open(NAME)
      .then((cache) => cache.put(url, copy))
      .catch(() => undefined);
  }
  return answer;
}

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(tidy()));
worker.addEventListener('message', (event) => {
  // Only when the person has tapped "new version": never in the middle of something.
  if (event.data === 'take-over') void worker.skipWaiting();
  if (Array.isArray(event.data)) (event as Extendable & MessageEvent).waitUntil(keep(event.data as unknown[]));
});
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin || url.search !== '') return;
  if (request.mode === 'navigate') {
    if (url.pathname === PAGE || url.pathname === VIEWER) event.respondWith(page(url.pathname, request));
  } else if (url.pathname.startsWith('/assets/') || KNOWN.has(url.pathname)) {
    event.respondWith(file(url.pathname, request));
  }
});

export {};
