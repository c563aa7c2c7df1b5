/** What was thrown away, for thirty days. */
import { useState } from 'preact/hooks';
import { count, t } from '../../i18n/index.ts';
import { daysInTrash, removeForGood, restore, trashedPapers } from '../../store/papers.ts';
import { Button, Dialog, Empty, Foreign, Icon, Label, List, Row, Screen, toast } from '../../ui/kit.tsx';
import { back, href } from '../router.ts';
import { vault } from '../session.ts';
import { iconOf, titleOf, useDoing } from './common.tsx';
import './papers.css';

export default function Trash() {
  const open = vault();
  void open.changed.value;
  const [asked, setAsked] = useState<readonly string[] | null>(null);
  const doing = useDoing();
  const items = trashedPapers(open);
  const bring = (id: string) =>
    doing.run(async () => {
      await restore(open, id);
      toast(t('papers.restored'));
    });
  const away = (ids: readonly string[]) => {
    setAsked(null);
    doing.run(() => removeForGood(open, ids));
  };
  return (
    <Screen title={<Label k="papers.trash" />} back={back}>
      {doing.problem}
      {items.length === 0 && <Empty icon="trash" text={t('papers.trash.empty')} />}
      {items.length > 0 && (
        <>
          <List label={t('papers.trash')}>
            {items.map((item) => (
              <Row
                key={item.id}
                icon={iconOf(item.payload)}
                title={<Foreign text={titleOf(item.payload)} />}
                second={count('papers.trash.days', daysInTrash(item.payload))}
                href={href('paper', item.id)}
                side={
                  <button
                    type="button"
                    class="round"
                    aria-label={t('papers.restore.one', { title: titleOf(item.payload) })}
                    onClick={() => bring(item.id)}
                  >
                    <Icon name="undo" />
                  </button>
                }
              />
            ))}
          </List>
          <div class="wide-buttons">
            <Button kind="danger" icon="trash" busy={doing.busy} onClick={() => setAsked(items.map((item) => item.id))}>
              <Label k="papers.trash.empty.now" />
            </Button>
          </div>
        </>
      )}
      <Dialog
        open={asked !== null}
        title={t('papers.trash.sure')}
        onClose={() => setAsked(null)}
        foot={
          <>
            <Button kind="quiet" onClick={() => setAsked(null)}>
              <Label k="papers.trash.keep" />
            </Button>
            <Button kind="danger" onClick={() => away(asked ?? [])}>
              <Label k="papers.trash.forgood" />
            </Button>
          </>
        }
      >
        <p>
          <Label k="papers.trash.shares" />
        </p>
      </Dialog>
    </Screen>
  );
}
