/** Who saw what: first by recipient, then everything in order. Checked on this device before a line of it is shown. */
import { useState } from 'preact/hooks';
import type { Recipient, Told } from '../../audit/explain.ts';
import { letters } from '../../audit/letters.ts';
import { count, moment, t } from '../../i18n/index.ts';
import { Busy, Button, Empty, Foreign, Label, List, Row, Screen, Tick } from '../../ui/kit.tsx';
import { href } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { TroubleView, useTask } from '../share/task.tsx';
import { CheckedNotice, EntryRow, useChecked } from './parts.tsx';
import { check } from './state.ts';
import { whoText } from './words.ts';

/** What concerns others; the rest is the wallet's own housekeeping. */
const ABOUT_OTHERS: ReadonlySet<Told['what']> = new Set(['read', 'looked', 'refused', 'ended', 'shared', 'more']);
/** Rows at first: a phone lays out a few quickly, and the newest are what a person looks for. */
const PAGE = 30;

export default function Home({ params: [grant] }: { params: Params }) {
  const task = useTask();
  const log = useChecked(task);
  const [all, setAll] = useState(false);
  const [shown, setShown] = useState(PAGE);
  if (log === null) {
    return (
      <Screen key="checking" title={<Label k="audit.title" />}>
        {task.trouble === null && <Busy text={t('audit.checking')} />}
        <TroubleView trouble={task.trouble}>
          <Button kind="quiet" icon="sync" onClick={() => task.run(check)}>
            <Label k="shell.again" />
          </Button>
        </TroubleView>
      </Screen>
    );
  }
  const one = grant === undefined ? log.told : log.told.filter((told) => told.grant === grant);
  const rows = one.filter((told) => all || ABOUT_OTHERS.has(told.what));
  const waiting = letters(vault()).filter((letter) => letter.answeredOn === null);
  const late = waiting.filter((letter) => letter.overdue).length;
  return (
    <Screen key="log" title={<Label k="audit.title" />}>
      <CheckedNotice log={log} task={task} />
      <TroubleView trouble={task.trouble} />
      {grant === undefined && (
        <List label={t('audit.more.things')}>
          <Row
            icon="letter"
            title={t('audit.letters.title')}
            second={waiting.length === 0 ? undefined : count('audit.letters.waiting', waiting.length)}
            badge={late > 0 ? t('audit.letters.late') : undefined}
            tone="warn"
            href={href('letters')}
          />
        </List>
      )}
      {grant === undefined && log.recipients.length > 0 && (
        <>
          <h2>
            <Label k="audit.recipients" />
          </h2>
          <List label={t('audit.recipients')}>
            {log.recipients.map((recipient) => (
              <RecipientRow key={recipient.grants[0]} recipient={recipient} />
            ))}
          </List>
        </>
      )}
      <h2>
        <Label k="audit.all" />
      </h2>
      {grant === undefined && <Tick label={<Label k="audit.own" />} checked={all} onChange={setAll} />}
      {rows.length === 0 && <Empty icon="eye" text={t('audit.none')} />}
      {rows.length > 0 && (
        <List label={t('audit.all')}>
          {rows.slice(0, shown).map((told) => (
            <EntryRow key={told.seq} told={told} />
          ))}
        </List>
      )}
      {rows.length > shown && (
        <Button kind="quiet" onClick={() => setShown(shown + PAGE)}>
          <Label k="audit.older" />
        </Button>
      )}
      <p>
        <a class="button quiet" href={href('receipt')}>
          <Label k="audit.receipt.title" />
        </a>
      </p>
    </Screen>
  );
}

function RecipientRow({ recipient }: { recipient: Recipient }) {
  const { who, reads, refused, last, running, grants } = recipient;
  return (
    <Row
      icon={who.kind === 'agency' ? 'office' : 'link'}
      title={<Foreign text={whoText(who)} />}
      second={
        <>
          {reads === 0 ? t('audit.reads.none') : count('audit.reads', reads)}
          {last !== null && reads > 0 && (
            <>
              <br />
              <Label k="audit.last" fill={{ time: moment(last) }} />
            </>
          )}
          {refused > 0 && (
            <>
              <br />
              {count('audit.refusals', refused)}
            </>
          )}
          {running > 0 && (
            <>
              <br />
              {t('audit.runs')}
            </>
          )}
        </>
      }
      href={href('audit-by', grants[0] ?? '')}
    />
  );
}
