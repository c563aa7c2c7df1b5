/** The one Trusted Types policy: this page's own worker, and nothing else. */
type Policy = { createScriptURL(url: string): string };
type Factory = { createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy };

const own = (url: string): string => {
  const full = new URL(url, location.href);
  if (full.origin !== location.origin || !full.pathname.startsWith('/assets/')) throw new TypeError('foreign script');
  return full.href;
};

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy: Policy = factory?.createPolicy('mappe', { createScriptURL: own }) ?? { createScriptURL: own };

export function workerUrl(url: string): string {
  return policy.createScriptURL(url);
}
