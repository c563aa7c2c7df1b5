/** After a reload: the request stood in memory only. */
import { t } from '../../i18n/index.ts';
import { Button, Label, Notice, Screen } from '../../ui/kit.tsx';
import { replace } from '../router.ts';

export function Gone({ to = 'scan' }: { to?: 'scan' | 'give' }) {
  return (
    <Screen
      title={<Label k="share.gone.title" />}
      foot={<Button onClick={() => replace(to)}>{t(to === 'scan' ? 'share.scan.title' : 'share.give.title')}</Button>}
    >
      <Notice kind="info">
        <Label k="share.gone.text" />
      </Notice>
    </Screen>
  );
}
