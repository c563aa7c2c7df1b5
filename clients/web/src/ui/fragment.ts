/** The secret after the #: taken once, and at once removed from the address bar and the tab's history entry. */
export function takeFragment(): string | null {
  const { hash, pathname } = location;
  // Also when it is empty: a bare "#" must not stay either.
  if (location.href.includes('#') || location.search !== '') history.replaceState(null, '', pathname);
  return hash.length > 1 ? hash.slice(1) : null;
}

/** A second link pasted into the same tab changes only the fragment: the browser loads nothing. */
export function onNewFragment(take: (fragment: string) => void): void {
  addEventListener('hashchange', () => {
    const fragment = takeFragment();
    if (fragment !== null) take(fragment);
  });
}
