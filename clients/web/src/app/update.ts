/** Registers the service worker, and says when a newer version waits. Nothing is reloaded but by the person's tap. */
import { update } from './bars.tsx';
import { atOffice } from './office.ts';

const SCRIPT = '/sw.js';
/** How often an app that stays open asks for a newer version. */
const ASK_EVERY_MS = 3600_000;
/**
 * After the page has begun. A worker that is installed fetches the whole app: on a slow line that would hold up the first
 * screens, which are what the person came for.
 */
const AFTER_MS = 4000;

type Factory = {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
};

/** One policy that makes exactly one address (Trusted Types). */
function scriptUrl(): string {
  const own = (url: string) => {
    if (url !== SCRIPT) throw new TypeError('foreign script');
    return url;
  };
  const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
  return factory?.createPolicy('mappe-sw', { createScriptURL: own }).createScriptURL(SCRIPT) ?? SCRIPT;
}

function offer(registration: ServiceWorkerRegistration): void {
  // The very first version is no update: nothing ran before it.
  if (registration.waiting === null || navigator.serviceWorker.controller === null) return;
  update.value = () => {
    // Another window's tap must not reload this one: only who asked does.
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    registration.waiting?.postMessage('take-over');
  };
}

/** Without a network no worker comes, and who asks in vain is left without one for the whole visit. */
async function online(): Promise<void> {
  if (navigator.onLine) return;
  await new Promise((resolve) => addEventListener('online', resolve, { once: true }));
}

export async function registerWorker(): Promise<void> {
  if (atOffice || navigator.serviceWorker === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, AFTER_MS));
  // where one is kept already the page came from it, and it may be asked at any time
  if (navigator.serviceWorker.controller === null) await online();
  try {
    const options = { scope: '/app', updateViaCache: 'none' } as const;
    const registration = await navigator.serviceWorker.register(scriptUrl(), options);
    offer(registration);
    registration.addEventListener('updatefound', () => {
      const coming = registration.installing;
      coming?.addEventListener('statechange', () => {
        if (coming.state === 'installed') offer(registration);
      });
    });
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage(performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname));
    let asked = Date.now();
    document.addEventListener('visibilitychange', () => {
      if (document.hidden || Date.now() - asked < ASK_EVERY_MS) return;
      asked = Date.now();
      registration.update().catch(() => undefined);
    });
  } catch {
    // Private windows and some browsers allow none: the app works, but only with a network.
  }
}
