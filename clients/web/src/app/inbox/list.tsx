/** What others put in and waits for the holder; the codes that are open; and the way to a new one. */
import { useEffect } from 'preact/hooks';
import { count, t } from '../../i18n/index.ts';
import type { Received } from '../../inbox/deposits.ts';
import { Button, Empty, Foreign, Label, List, Row, Screen } from '../../ui/kit.tsx';
import { Trouble, useDeed } from '../more/deed.tsx';
import { dayOf } from '../more/words.ts';
import { back, go, href } from '../router.ts';
import { wallet } from '../session.ts';
import { left } from './left.ts';
import { open, received, refresh } from './state.ts';

export default function Inbox() {
  const deed = useDeed();
  const vault = wallet.value?.vault;
  useEffect(() => {
    if (vault !== undefined) deed.run(() => refresh(vault));
  }, [vault]);
  const papers = received.value;
  const codes = open.value ?? [];
  return (
    <Screen
      title={<Label k="inbox.title" />}
      back={back}
      foot={
        <Button icon="qr" onClick={() => go('inbox-new')}>
          <Label k="inbox.make" />
        </Button>
      }
    >
      <Trouble deed={deed} />
      {papers === null && deed.busy && <p role="status">{t('inbox.looking')}</p>}
      {papers?.length === 0 && <Empty icon="inbox" text={t('inbox.empty')} />}
      {papers !== null && papers.length > 0 && (
        <>
          <p>{count('inbox.waiting', papers.length)}</p>
          <p>
            <Label k="inbox.lead" />
          </p>
          <List label={t('inbox.title')}>
            {papers.map((one) => (
              <Row
                key={`${one.code}${one.item}`}
                icon="paper"
                title={<Foreign text={nameOf(one)} />}
                second={
                  <>
                    <Foreign text={fromOf(one)} />
                    <br />
                    {t('inbox.until', { date: dayOf(one.until) })}
                  </>
                }
                href={href('inbox-item', one.code, one.item)}
              />
            ))}
          </List>
        </>
      )}
      {codes.length > 0 && (
        <>
          <h2>{t('inbox.codes')}</h2>
          <List label={t('inbox.codes')}>
            {codes.map((one) => (
              <Row
                key={one.code}
                icon="qr"
                title={<Foreign text={one.label} />}
                second={left(one.exp)}
                href={href('inbox-code', one.code)}
              />
            ))}
          </List>
        </>
      )}
    </Screen>
  );
}

export function nameOf(one: Received): string {
  if (one.manifest === null) return t('inbox.unreadable');
  if (one.manifest.kind === 'mark') return t('inbox.kind.mark'); // its file's name is a program's word
  return one.name.trim() === '' ? t('inbox.unnamed') : one.name;
}

/** Proven, or plainly unknown: what a stranger says about itself never stands in the place of a checked name. */
export function fromOf(one: Received): string {
  return one.sender === null ? t('inbox.unknown') : t('inbox.proven', { name: one.sender });
}
