import { t } from '../i18n/index.ts';
import { onNewFragment, takeFragment } from '../ui/fragment.ts';
import { page } from '../ui/shell.tsx';
import { Explain } from './plain.tsx';

takeFragment();
onNewFragment(() => undefined);
await page('request.title', () => (
  <Explain heading={t('request.heading')} texts={[t('request.text')]} note={t('agency.safe')} />
));
