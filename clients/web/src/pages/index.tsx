import { t } from '../i18n/index.ts';
import { takeFragment } from '../ui/fragment.ts';
import { page } from '../ui/shell.tsx';
import { Explain } from './plain.tsx';

takeFragment();
await page('landing.title', () => (
  <Explain heading={t('landing.heading')} texts={[t('landing.text')]} note={t('landing.got')} />
));
