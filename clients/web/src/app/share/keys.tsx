/** An office whose key has changed: asked there, compared, and then exactly this key is accepted and no other change. */
import { acceptKeys, type Changed } from '../../grant/registry.ts';
import { t } from '../../i18n/index.ts';
import { Button, Digits, Foreign, Label, Notice } from '../../ui/kit.tsx';
import { vault } from '../session.ts';
import type { Task } from './task.tsx';

const BLOCK = 4;
const blocks = (key: string): string[] => key.match(new RegExp(`.{1,${BLOCK}}`, 'g')) ?? [];

type Props = { readonly changed: Changed; readonly task: Task; readonly onAccepted: () => Promise<void> };

export function ChangedKeys({ changed, task, onAccepted }: Props) {
  const { agency, keys } = changed;
  const accept = () =>
    task.run(async () => {
      await acceptKeys(vault(), changed);
      await onAccepted();
    });
  return (
    <Notice kind="alarm">
      <p>{t('share.error.keys-changed')}</p>
      <p>
        <strong>
          <Foreign text={agency.name} lang="de" />
        </strong>
      </p>
      <p>
        <Label k="share.keys.compare" />
      </p>
      {keys.map((key) => (
        <p key={key} class="clerk-digits">
          <Digits blocks={blocks(key)} />
        </p>
      ))}
      <Button kind="danger" busy={task.busy} onClick={accept}>
        <Label k="share.keys.accept" />
      </Button>
    </Notice>
  );
}
