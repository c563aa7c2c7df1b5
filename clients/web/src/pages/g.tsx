import { begin } from '../redeem/state.ts';
import { RedeemView } from '../redeem/view.tsx';
import { onNewFragment, takeFragment } from '../ui/fragment.ts';
import { page } from '../ui/shell.tsx';

// Before anything else: S leaves the address bar.
const fragment = takeFragment();
onNewFragment(begin);
await begin(fragment);
await page('title', () => <RedeemView />, 'footer');
