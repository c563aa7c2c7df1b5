import { t } from '../i18n/index.ts';
import { onNewFragment, takeFragment } from '../ui/fragment.ts';
import { page } from '../ui/shell.tsx';
import { Explain } from './plain.tsx';

takeFragment();
onNewFragment(() => undefined);
await page('deposit.title', () => <Explain heading={t('deposit.heading')} texts={[t('deposit.start')]} />);
