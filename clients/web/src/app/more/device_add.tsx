/** A further device: its code is read here, both screens show six digits, the holder says whether they are the same. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Scanner } from '../../scan/scanner.tsx';
import { readTarget } from '../../scan/target.ts';
import { Button, Choice, Digits, Label, Notice, Progress, Screen } from '../../ui/kit.tsx';
import { type JoinMode, type JoinRequest, readJoin } from '../../unlock/join.ts';
import { back, replace, takeIncoming } from '../router.ts';
import { noted, wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { groups } from './words.ts';

type At =
  | { readonly at: 'scan'; readonly bad: boolean }
  | { readonly at: 'compare'; readonly asked: JoinRequest }
  | { readonly at: 'whose'; readonly asked: JoinRequest }
  | { readonly at: 'differs' }
  | { readonly at: 'done'; readonly mode: JoinMode };

export default function DeviceAdd() {
  const deed = useDeed();
  const [now, setNow] = useState<At>({ at: 'scan', bad: false });
  const [mode, setMode] = useState<JoinMode | null>(null);
  const [byLink, setByLink] = useState(false);
  const open = wallet.value;
  // The phone's own camera app has read the code and opened this page with it; or somebody has sent it, with the digits
  // beside it, which look the same from here. So it is said (join.md, "Join code").
  useEffect(() => {
    const text = takeIncoming();
    if (text === null) return;
    setByLink(true);
    take(text);
  }, []);
  if (open === null) return null;
  const read = async (text: string) => {
    try {
      setNow({ at: 'compare', asked: await readJoin(text) });
    } catch (error) {
      if (noted(error) !== null) setNow({ at: 'scan', bad: true });
    }
  };
  const take = (text: string): boolean => {
    const target = readTarget(text, open.profile.origin);
    if (target.kind !== 'join') {
      setNow({ at: 'scan', bad: true });
      return false;
    }
    void read(target.url);
    return true;
  };
  if (now.at === 'scan') {
    return (
      <Screen key="scan" title={<Label k="more.add.title" />} back={back}>
        <p>
          <Label k="more.add.how" />
        </p>
        {now.bad && <Notice kind="warn">{t('more.add.bad')}</Notice>}
        <Scanner onText={take} />
      </Screen>
    );
  }
  if (now.at === 'compare') {
    return (
      <Screen
        key="compare"
        title={<Label k="more.add.same" />}
        back={back}
        foot={
          <>
            <Button icon="check" onClick={() => setNow({ at: 'whose', asked: now.asked })}>
              <Label k="more.add.yes" />
            </Button>
            <Button kind="danger" icon="close" onClick={() => setNow({ at: 'differs' })}>
              <Label k="more.add.no" />
            </Button>
          </>
        }
      >
        {byLink ? (
          <Notice kind="alarm">
            <Label k="more.add.sent" />
          </Notice>
        ) : (
          <p>
            <Label k="more.add.beside" />
          </p>
        )}
        <Digits blocks={groups(now.asked.digits, 3)} large />
      </Screen>
    );
  }
  if (now.at === 'differs') {
    return (
      <Screen key="differs" title={<Label k="more.add.title" />} back={() => replace('devices')}>
        <Notice kind="alarm">{t('more.add.stopped')}</Notice>
      </Screen>
    );
  }
  if (now.at === 'done') {
    return (
      <Screen
        key="done"
        title={<Label k="more.add.title" />}
        foot={
          <Button icon="check" onClick={() => replace('devices')}>
            <Label k="more.add.next" />
          </Button>
        }
      >
        <Notice kind="ok">{t(now.mode === 'assisted' ? 'more.add.done.office' : 'more.add.done')}</Notice>
      </Screen>
    );
  }
  const approve = () => {
    if (mode === null) return;
    deed.run(async () => {
      await now.asked.approve(open, mode);
      setNow({ at: 'done', mode });
    });
  };
  return (
    <Screen
      key="whose"
      title={<Label k="more.add.mode" />}
      back={back}
      foot={
        <Button icon="check" busy={deed.busy} disabled={mode === null} onClick={approve}>
          <Label k="more.add.next" />
        </Button>
      }
    >
      <Trouble deed={deed} />
      <Choice<JoinMode>
        label={t('more.add.mode')}
        value={mode}
        onChange={setMode}
        options={[
          { value: 'device', label: <Label k="more.add.mine" />, icon: 'phone' },
          { value: 'assisted', label: <Label k="more.add.office" />, icon: 'office' },
        ]}
      />
      {deed.busy && <Progress label={t('inbox.looking')} />}
    </Screen>
  );
}
