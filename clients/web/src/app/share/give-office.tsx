/** An office of the registry, with what it can do said before it is chosen. */
import { useEffect, useState } from 'preact/hooks';
import { type Agency, type Checked, fetchRegistry, keptRegistry } from '../../grant/registry.ts';
import { t } from '../../i18n/index.ts';
import { Busy, Button, Empty, Foreign, Label, List, Row, Screen, TextField } from '../../ui/kit.tsx';
import { back, go, href } from '../router.ts';
import { codeOf, vault } from '../session.ts';
import { Gone } from './gone.tsx';
import { ChangedKeys } from './keys.tsx';
import { OfficeCard, POWERS } from './office.tsx';
import { give, giving } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import './share.css';

/** A list that fits on a screen needs no search. */
const SEARCH_FROM = 8;

/** Without a network the last list that was checked here: what is prepared with it is released later. */
async function known(): Promise<Checked> {
  try {
    return await fetchRegistry(vault());
  } catch (error) {
    const kept = codeOf(error) === 'offline' ? await keptRegistry(vault()) : null;
    if (kept === null) throw error;
    return kept;
  }
}

export default function GiveOffice() {
  const task = useTask();
  const [registry, setRegistry] = useState<Checked | null>(null);
  const [wanted, setWanted] = useState('');
  const [chosen, setChosen] = useState<Agency | null>(null);
  const load = async () => setRegistry(await known());
  useEffect(() => {
    void task.run(load);
  }, []);
  if (giving.value === null) return <Gone to="give" />;
  const take = (office: Agency) => {
    give({ office, name: office.name, opens: 0, passcode: false, prepared: null });
    go(giving.value?.paper === null ? 'give-what' : 'give-fields');
  };
  if (chosen !== null) {
    return (
      <Screen
        key={chosen.id}
        title={<Label k="share.office.this" />}
        back={() => setChosen(null)}
        foot={
          <>
            <Button onClick={() => take(chosen)}>
              <Label k="share.office.yes" />
            </Button>
            <Button kind="quiet" onClick={() => setChosen(null)}>
              <Label k="share.office.another" />
            </Button>
          </>
        }
      >
        <OfficeCard agency={chosen} />
      </Screen>
    );
  }
  const offices = registry?.agencies.filter((one) => one.status === 'active') ?? null;
  const found = (offices ?? []).filter((one) =>
    `${one.name} ${one.address}`.toLocaleLowerCase().includes(wanted.trim().toLocaleLowerCase()),
  );
  return (
    <Screen key="list" title={<Label k="share.office.title" />} back={back}>
      {task.busy && <Busy text={t('shell.busy')} />}
      <TroubleView trouble={task.trouble}>
        <Button kind="quiet" icon="sync" onClick={() => task.run(load)}>
          <Label k="shell.again" />
        </Button>
      </TroubleView>
      {(offices ?? []).length >= SEARCH_FROM && (
        <TextField type="search" label={<Label k="share.office.search" />} value={wanted} onInput={setWanted} />
      )}
      {offices !== null && found.length === 0 && <Empty icon="office" text={t('share.office.none')} />}
      {found.length > 0 && (
        <List label={t('share.office.title')}>
          {found.map((one) => (
            <Row
              key={one.id}
              icon={POWERS[one.power].icon}
              title={<Foreign text={one.name} lang="de" />}
              second={
                <>
                  <Foreign text={one.address} lang="de" />
                  <br />
                  {t(POWERS[one.power].key)}
                </>
              }
              onClick={() => setChosen(one)}
            />
          ))}
        </List>
      )}
      {registry?.changed.map((one) => (
        <ChangedKeys key={one.agency.id} changed={one} task={task} onAccepted={load} />
      ))}
      <p>
        <a class="button quiet" href={href('roots')}>
          <Label k="share.roots.title" />
        </a>
      </p>
    </Screen>
  );
}
