/** An office of the registry, with what it can do said before it is chosen. */
import { useEffect, useState } from 'preact/hooks';
import { type Agency, fetchRegistry, keptRegistry, type Registry } from '../../grant/registry.ts';
import { t } from '../../i18n/index.ts';
import { Busy, Button, Empty, Foreign, Label, List, Row, Screen, TextField } from '../../ui/kit.tsx';
import { back, go, href } from '../router.ts';
import { codeOf, vault } from '../session.ts';
import { Gone } from './gone.tsx';
import { OfficeCard, POWERS } from './office.tsx';
import { give, giving } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import './share.css';

/** A list that fits on a screen needs no search. */
const SEARCH_FROM = 8;

/** Without a network the last list that was checked here: what is prepared with it is released later. */
async function known(acceptChangedKeys: boolean): Promise<Registry> {
  try {
    return await fetchRegistry(vault(), { acceptChangedKeys });
  } catch (error) {
    const kept = codeOf(error) === 'offline' ? await keptRegistry(vault()) : null;
    if (kept === null) throw error;
    return kept;
  }
}

export default function GiveOffice() {
  const task = useTask();
  const [offices, setOffices] = useState<readonly Agency[] | null>(null);
  const [wanted, setWanted] = useState('');
  const [chosen, setChosen] = useState<Agency | null>(null);
  const load = (acceptChangedKeys = false) =>
    task.run(async () => {
      const registry = await known(acceptChangedKeys);
      setOffices(registry.agencies.filter((one) => one.status === 'active'));
    });
  useEffect(() => {
    void load();
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
  const found = (offices ?? []).filter((one) =>
    `${one.name} ${one.address}`.toLocaleLowerCase().includes(wanted.trim().toLocaleLowerCase()),
  );
  return (
    <Screen key="list" title={<Label k="share.office.title" />} back={back}>
      {task.busy && <Busy text={t('shell.busy')} />}
      <TroubleView trouble={task.trouble}>
        {task.trouble?.code === 'keys-changed' ? (
          <Button kind="danger" onClick={() => load(true)}>
            <Label k="share.keys.accept" />
          </Button>
        ) : (
          <Button kind="quiet" icon="sync" onClick={() => load()}>
            <Label k="shell.again" />
          </Button>
        )}
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
      <p>
        <a class="button quiet" href={href('roots')}>
          <Label k="share.roots.title" />
        </a>
      </p>
    </Screen>
  );
}
