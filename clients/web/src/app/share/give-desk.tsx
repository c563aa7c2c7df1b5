/** The page of whoever sits in front of the holder: its code is read or typed, and both screens show six digits. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Meeting, meetDesk } from '../../grant/desk.ts';
import { t } from '../../i18n/index.ts';
import { Scanner } from '../../scan/scanner.tsx';
import { readTarget } from '../../scan/target.ts';
import { Busy, Button, Digits, DigitsField, emptyBlocks, isFull, Label, Notice, Screen } from '../../ui/kit.tsx';
import { back, go, replace } from '../router.ts';
import { vault } from '../session.ts';
import { Gone } from './gone.tsx';
import { give, giving, lost, scanned } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import './share.css';

const BLOCKS = 2;
const BLOCK = 4;

type At =
  | { readonly at: 'find'; readonly bad: boolean }
  | { readonly at: 'meeting' }
  | { readonly at: 'compare'; readonly meeting: Meeting }
  | { readonly at: 'differs' };

export default function GiveDesk() {
  const task = useTask();
  const [now, setNow] = useState<At>({ at: 'find', bad: false });
  const [typed, setTyped] = useState(emptyBlocks(BLOCKS));
  const [before] = useState(lost.value);
  const over = useRef(new AbortController());
  useEffect(() => {
    lost.value = null;
    const code = scanned.value;
    scanned.value = null;
    if (code !== null) void meet(code);
    return () => over.current.abort();
  }, []);
  if (giving.value?.here !== true) return <Gone to="give" />;
  const meet = (shown: string) =>
    task.run(async () => {
      setNow({ at: 'meeting' });
      try {
        setNow({ at: 'compare', meeting: await meetDesk(vault(), shown, over.current.signal) });
      } catch (error) {
        if (over.current.signal.aborted) return;
        setNow({ at: 'find', bad: false });
        throw error;
      }
    });
  const take = (text: string): boolean => {
    const target = readTarget(text, vault().server.origin);
    if (target.kind === 'desk') void meet(target.url);
    else setNow({ at: 'find', bad: true });
    return target.kind === 'desk';
  };
  if (now.at === 'meeting') {
    return (
      <Screen key="meeting" title={<Label k="share.here.title" />} back={back}>
        <Busy text={t('share.here.meeting')} />
      </Screen>
    );
  }
  if (now.at === 'differs') {
    return (
      <Screen
        key="differs"
        title={<Label k="share.here.title" />}
        foot={
          <Button kind="quiet" icon="close" onClick={() => replace('share')}>
            <Label k="share.no" />
          </Button>
        }
      >
        <Notice kind="alarm">
          <Label k="share.here.differs" />
        </Notice>
      </Screen>
    );
  }
  if (now.at === 'compare') {
    const { meeting } = now;
    const same = () => {
      give({ meeting, prepared: null });
      const { picks, paper } = giving.value ?? {};
      // What was chosen for a page that is gone is still chosen.
      if ((picks?.length ?? 0) > 0) go('give-end');
      else go(paper === null ? 'give-what' : 'give-fields');
    };
    return (
      <Screen
        key="compare"
        title={<Label k="share.here.same" />}
        foot={
          <>
            <Button icon="check" onClick={same}>
              <Label k="more.add.yes" />
            </Button>
            <Button kind="danger" icon="close" onClick={() => setNow({ at: 'differs' })}>
              <Label k="more.add.no" />
            </Button>
          </>
        }
      >
        <p class="clerk-digits">
          <Digits blocks={[meeting.digits.slice(0, 3), meeting.digits.slice(3)]} large />
        </p>
        <p>
          <Label k="share.here.who" />
        </p>
      </Screen>
    );
  }
  const submit = (event: Event) => {
    event.preventDefault();
    void meet(typed.join(''));
  };
  return (
    <Screen key="find" title={<Label k="share.here.title" />} back={back}>
      {before !== null && task.trouble === null && <TroubleView trouble={{ code: before, members: {} }} />}
      <TroubleView trouble={task.trouble} />
      <p>
        <Label k="share.here.how" />{' '}
        <bdi dir="ltr">
          <strong>{`${vault().server.origin.replace(/^https?:\/\//, '')}/e`}</strong>
        </bdi>
      </p>
      {now.bad && <Notice kind="warn">{t('share.error.not-a-desk')}</Notice>}
      <Scanner onText={take} />
      <form onSubmit={submit} noValidate>
        <DigitsField
          label={<Label k="share.here.type" />}
          value={typed}
          onInput={setTyped}
          blocks={BLOCKS}
          size={BLOCK}
        />
        <div class="wide-buttons">
          <Button type="submit" kind="quiet" disabled={!isFull(typed, BLOCK)}>
            <Label k="share.next" />
          </Button>
        </div>
      </form>
    </Screen>
  );
}
