/** "No": as large as "yes", on every screen of a request. It sends nothing, and nobody learns of it. */
import { type Key, t } from '../../i18n/index.ts';
import { Button, toast } from '../../ui/kit.tsx';
import { replace } from '../router.ts';
import { answering, incoming } from './state.ts';

export function decline(): void {
  incoming.value = null;
  answering.value = null;
  replace('share');
  toast(t('share.no.done'));
}

export function No({ label = 'share.no' }: { label?: Key | undefined }) {
  return (
    <Button kind="quiet" icon="close" onClick={decline}>
      {t(label)}
    </Button>
  );
}
