/**
 * An archive has come in: the numbers that the old place asks for, and the shares that were running there. None of them
 * runs here: each is looked at and released like a new one, with everything that it showed filled in.
 */
import { useEffect, useState } from 'preact/hooks';
import { DAY } from '../../grant/grants.ts';
import { fetchRegistry } from '../../grant/registry.ts';
import { count, t } from '../../i18n/index.ts';
import { CHECK_DIGITS, type Content, madeAnew, type Share, toMakeAnew } from '../../store/moving.ts';
import { Button, Digits, Foreign, Label, List, Notice, Row, Screen } from '../../ui/kit.tsx';
import { go, replace } from '../router.ts';
import { codeOf, vault } from '../session.ts';
import { fresh } from '../share/give.tsx';
import { giving } from '../share/state.ts';
import { Trouble, useDeed } from './deed.tsx';
import { groups } from './words.ts';

export function Came({ content }: { content: Content }) {
  return (
    <Screen
      key="came"
      title={<Label k="devices.came.title" />}
      foot={
        <Button icon="papers" onClick={() => replace('papers')}>
          <Label k="devices.came.done" />
        </Button>
      }
    >
      <ul class="plain-list">
        <li>{count('devices.move.papers', content.papers)}</li>
        <li>{count('devices.move.files', content.files)}</li>
      </ul>
      <h2>{t('devices.came.check')}</h2>
      <Digits blocks={groups(content.check, CHECK_DIGITS / 2)} large />
      <p>
        <Label k="devices.came.compare" />
      </p>
      <Anew />
    </Screen>
  );
}

/** Also for a later visit: what is not made anew yet. */
export function Anew() {
  const deed = useDeed();
  const [shares, setShares] = useState<readonly Share[]>([]);
  const [unknown, setUnknown] = useState<string | null>(null);
  useEffect(() => {
    void deed.run(async () => setShares(await toMakeAnew(vault())));
  }, []);
  if (shares.length === 0) return <Trouble deed={deed} />;
  const make = (share: Share) =>
    deed.run(async () => {
      setUnknown(null);
      const office = share.agency === null ? null : await officeOf(share.agency);
      if (share.agency !== null && office === null) return setUnknown(share.name);
      const here = share.picks.filter((pick) =>
        vault()
          .items('document')
          .some(({ id }) => id === pick.document),
      );
      giving.value = {
        ...fresh(null),
        ...{
          office,
          name: share.name,
          picks: here,
          purpose: share.purpose,
          standing: share.standing,
          anew: share.grant,
        },
        life: Math.max(DAY, share.exp - vault().server.now()),
      };
      go(here.length === 0 ? 'give-what' : 'give-end');
    });
  const drop = (share: Share) =>
    deed.run(async () => {
      await madeAnew(vault(), share.grant);
      setShares(await toMakeAnew(vault()));
    });
  return (
    <section>
      <h2>{t('devices.anew.title')}</h2>
      <p>
        <Label k="devices.anew.what" />
      </p>
      <Trouble deed={deed} />
      {unknown !== null && <Notice kind="warn">{t('devices.anew.unknown', { name: unknown })}</Notice>}
      <List label={t('devices.anew.title')}>
        {shares.map((one) => (
          <Row
            key={one.grant}
            icon="share"
            title={<Foreign text={one.name || t('share.anybody')} />}
            second={<Foreign text={one.purpose} />}
            onClick={() => make(one)}
            side={
              <Button kind="quiet" icon="close" onClick={() => drop(one)}>
                <Label k="devices.anew.drop" />
              </Button>
            }
          />
        ))}
      </List>
    </section>
  );
}

/** The same office in the registry of this server; null: it is not here. */
async function officeOf(agency: string) {
  try {
    return (await fetchRegistry(vault())).agencies.find((one) => one.id === agency) ?? null;
  } catch (error) {
    if (codeOf(error) === 'no-registry') return null;
    throw error;
  }
}
