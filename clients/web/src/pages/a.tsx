import { t } from '../i18n/index.ts';
import { onNewFragment, takeFragment } from '../ui/fragment.ts';
import { page } from '../ui/shell.tsx';
import { Explain } from './plain.tsx';

takeFragment();
onNewFragment(() => undefined);
await page('agency.title', () => (
  <Explain heading={t('agency.heading')} texts={[t('agency.text')]} note={t('agency.safe')} />
));
