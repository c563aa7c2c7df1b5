/** Who asks: name, address, what this office can do. At a desk also: are you there now? (Somebody may relay a code.) */
import { useEffect, useState } from 'preact/hooks';
import { look, match } from '../../grant/answering.ts';
import { type Checked, fetchRegistry } from '../../grant/registry.ts';
import { language, t } from '../../i18n/index.ts';
import { Busy, Button, Label, Notice, Screen } from '../../ui/kit.tsx';
import { go, replace } from '../router.ts';
import { vault } from '../session.ts';
import { FromWhich } from '../whose.tsx';
import { ChangedKeys } from './keys.tsx';
import { No } from './no.tsx';
import { OfficeCard } from './office.tsx';
import { ANSWER_LIFE, answering, incoming } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import './share.css';

/** Trying again changes nothing: another code is needed. */
const FINAL: ReadonlySet<string> = new Set([
  ...['bad-link', 'other-server', 'expired', 'request-expired', 'answered', 'request-answered'],
  ...['not-found', 'unknown-agency', 'over-asking'],
]);

export default function Request() {
  const task = useTask();
  const url = incoming.value;
  const now = answering.value;
  const [registry, setRegistry] = useState<Checked | null>(null);
  const read = async () => {
    if (url === null) return;
    const fetched = await fetchRegistry(vault());
    setRegistry(fetched);
    const asked = await look(vault(), url, fetched);
    const matches = await match(vault(), asked);
    answering.value = {
      ...{ asked, matches, person: null, picked: new Map(), life: ANSWER_LIFE, standing: false, prepared: null },
      language: language.value,
    };
  };
  const open = () => task.run(read);
  useEffect(() => {
    if (url === null && now === null) replace('scan');
    else if (now === null) void open();
  }, [url]);

  if (now === null) {
    const trouble = task.trouble;
    const changed = registry?.changed.find(({ agency }) => agency.id === trouble?.members.office);
    return (
      <Screen
        key="looking"
        title={<Label k="share.request.title" />}
        back={() => replace('share')}
        foot={
          trouble === null ? undefined : (
            <>
              {changed === undefined && !FINAL.has(trouble.code) && (
                <Button onClick={open}>
                  <Label k="shell.again" />
                </Button>
              )}
              <Button kind={FINAL.has(trouble.code) ? 'primary' : 'quiet'} onClick={() => replace('scan')}>
                <Label k="share.scan.title" />
              </Button>
            </>
          )
        }
      >
        {trouble === null && <Busy text={t('share.request.busy')} />}
        {changed === undefined ? (
          <TroubleView trouble={trouble} />
        ) : (
          <ChangedKeys changed={changed} task={task} onAccepted={read} />
        )}
      </Screen>
    );
  }

  const { agency, request } = now.asked;
  const desk = request.mode === 'desk';
  return (
    <Screen
      key="who"
      title={<Label k="share.request.who" />}
      back={() => replace('share')}
      foot={
        <>
          <Button onClick={() => go('request-why')}>
            <Label k={desk ? 'share.desk.yes' : 'share.request.next'} />
          </Button>
          <No label={desk ? 'share.desk.no' : undefined} />
        </>
      }
    >
      <FromWhich />
      <OfficeCard agency={agency} />
      {desk ? (
        <Notice kind="info" title={t('share.desk')}>
          <p>
            <Label k="share.desk.why" />
          </p>
        </Notice>
      ) : (
        <Notice kind="info">
          <Label k="share.request.free" />
        </Notice>
      )}
    </Screen>
  );
}
