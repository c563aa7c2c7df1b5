/** A new recovery sheet: the old one, and every copy of it, stops working. */
import { t } from '../../i18n/index.ts';
import { Notice } from '../../ui/kit.tsx';
import type { Params } from '../routes.ts';
import { wallet } from '../session.ts';
import { Relock } from './relock.tsx';

export default function NewSheet({ params }: { params: Params }) {
  const open = wallet.value;
  if (open === null) return null;
  return (
    <>
      {params[0] === 'stopped' && <Notice kind="ok">{t('more.notice.stopped.now')}</Notice>}
      <Relock
        title="more.sheet.title"
        what={['more.sheet.what', 'more.out.others']}
        yes="more.sheet.yes"
        deed={(proof, steps) => open.changeLocks(proof, steps)}
        then="methods"
      />
    </>
  );
}
