/**
 * An office's request, opened by the camera of the phone. Where the phone has a wallet it leads into the app: the same
 * page goes on as `/app`, and the link stays in memory only. Elsewhere it says what to do, and sends nothing.
 */
import { t } from '../i18n/index.ts';
import { onNewFragment, takeFragment } from '../ui/fragment.ts';
import { page } from '../ui/shell.tsx';
import { Explain } from './plain.tsx';

const LOCATOR = /^[A-Za-z0-9_-]{43}$/;

// Before anything else: the secret leaves the address bar.
const fragment = takeFragment();
const link = fragment !== null && LOCATOR.test(fragment) ? `${location.origin}/r#${fragment}` : null;

async function hasWallet(): Promise<boolean> {
  try {
    const [{ IdbShelf }, { listWallets }] = await Promise.all([
      import('../store/idb.ts'),
      import('../unlock/profile.ts'),
    ]);
    return (await listWallets(new IdbShelf())).some((one) => one.origin === location.origin);
  } catch {
    // A browser that keeps nothing has no wallet either.
    return false;
  }
}

if (link !== null && (await hasWallet())) {
  // The router reads the address when it is loaded.
  history.replaceState(null, '', '/app#/request');
  const { incoming } = await import('../app/share/state.ts');
  incoming.value = link;
  await import('./app.tsx');
} else {
  onNewFragment(() => undefined);
  await page('request.title', () => (
    <Explain
      heading={t('request.heading')}
      texts={[t('request.text'), t('request.inside')]}
      note={t('agency.safe')}
      further={{ href: '/app', text: t('request.app') }}
    />
  ));
}
