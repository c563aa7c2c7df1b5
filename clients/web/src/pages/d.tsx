import { begin, DepositView } from '../deposit/view.tsx';
import { onNewFragment, takeFragment } from '../ui/fragment.ts';
import { page } from '../ui/shell.tsx';

const fragment = takeFragment();
onNewFragment(begin);
await begin(fragment);
await page('deposit.title', () => <DepositView />);
