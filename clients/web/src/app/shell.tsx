/** What stands around every screen: a neutral name, what is going on, four symbols to go somewhere, one to hide. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Key, t } from '../i18n/index.ts';
import { Announcer, Busy, Button, Dialog, hush, Icon, type IconName, Notice, Screen } from '../ui/kit.tsx';
import type { Wallet } from '../unlock/wallet.ts';
import { AlarmScreen } from './alarm.tsx';
import { Bars } from './bars.tsx';
import { curtain } from './curtain.ts';
import { CurtainScreen } from './curtain_screen.tsx';
import { hideNow } from './more/hiding.ts';
import { href, leaving, route, routeKey } from './router.ts';
import { type Params, ROUTES, type Screens } from './routes.ts';
import { alarm, asked, noted, wallet } from './session.ts';
import { WhoseOpen } from './whose.tsx';

/** The first screen of each area, by its name in the table of routes. */
const PLACES: readonly { name: string; icon: IconName; title: Key }[] = [
  { name: 'papers', icon: 'papers', title: 'shell.nav.papers' },
  { name: 'share', icon: 'share', title: 'shell.nav.share' },
  { name: 'audit', icon: 'eye', title: 'shell.nav.audit' },
  { name: 'more', icon: 'more', title: 'shell.nav.more' },
];

/** Two taps on Escape within this time hide as well. */
const ESCAPE_MS = 600;

function useEscape(): void {
  useEffect(() => {
    let last = 0;
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      if (event.timeStamp - last < ESCAPE_MS) hideNow();
      last = event.timeStamp;
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
}

function Top() {
  return (
    <header class="app-top">
      <span class="brand">
        <Icon name="papers" />
        {t('shell.name')}
      </span>
      <WhoseOpen />
      <button type="button" class="round" onClick={hideNow} aria-label={t('shell.hide')} title={t('shell.hide')}>
        <Icon name="hide" />
      </button>
    </header>
  );
}

function Navigation() {
  const here = ROUTES_AREA[route.value.name] ?? route.value.name;
  return (
    <nav class="app-nav" aria-label={t('shell.nav')}>
      {PLACES.map(({ name, icon, title }) => (
        <a key={name} href={href(name)} aria-current={here === name ? 'page' : undefined}>
          <Icon name={icon} />
          <span>{t(title)}</span>
        </a>
      ))}
    </nav>
  );
}

/** Which of the four symbols a screen belongs to: the table of routes says in which area it stands. */
const ROUTES_AREA: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ROUTES).flatMap(([name, screen]) => (screen.area === undefined ? [] : [[name, screen.area]])),
);

type View = ComponentType<{ params: Params }>;

/** Loaded once, a screen is shown at once: no moment of waiting, and the way back finds its place in a long list. */
const views = new Map<string, View>();

/** A screen that came with the page. */
export function comesWithPage(name: string, view: View): void {
  views.set(name, view);
}

function Outlet() {
  const { name, params } = route.value;
  const screen = (ROUTES as Screens)[name];
  const [, setLoaded] = useState('');
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setFailed(false);
    if (views.has(name)) return;
    let gone = false;
    screen?.load().then(
      (part) => {
        views.set(name, part.default);
        if (!gone) setLoaded(name);
      },
      () => {
        if (!gone) setFailed(true);
      },
    );
    return () => {
      gone = true;
    };
  }, [name, screen, attempt]);
  const title = screen === undefined ? '' : t(screen.title);
  useEffect(() => {
    const brand = t('shell.name');
    const bare = screen?.bare === true || title === '' || title === brand;
    document.title = bare ? title || brand : `${title} – ${brand}`;
  }, [title, screen]);
  if (failed) {
    return (
      <Screen title={t('shell.load.failed')}>
        <Notice kind="warn">{t('shell.load.next')}</Notice>
        <Button icon="sync" onClick={() => setAttempt(attempt + 1)}>
          {t('shell.again')}
        </Button>
      </Screen>
    );
  }
  const Shown = views.get(name);
  if (Shown === undefined) return <Busy text={t('shell.busy')} />;
  return <Shown key={routeKey.value} params={params} />;
}

/** Only on a device that is new to a wallet: it comes when it is needed. */
function Question({ of }: { of: Wallet }) {
  const [part, setPart] = useState<{ Yours: ComponentType<{ of: Wallet }> } | null>(null);
  useEffect(() => {
    import('./unlock/yours.tsx').then(setPart, noted);
  }, []);
  return part === null ? <Busy text={t('shell.busy')} /> : <part.Yours of={of} />;
}

function Leaving() {
  const asked = leaving.value;
  return (
    <Dialog
      open={asked !== null}
      title={t('shell.leave.title')}
      onClose={() => asked?.stay()}
      foot={
        <>
          <Button onClick={() => asked?.stay()}>{t('shell.leave.stay')}</Button>
          <Button kind="danger" onClick={() => asked?.leave()}>
            {t('shell.leave.leave')}
          </Button>
        </>
      }
    />
  );
}

function skip(): void {
  document.getElementById('main')?.focus();
}

export function App() {
  useEscape();
  const open = wallet.value !== null;
  useEffect(() => {
    if (!open) hush();
  }, [open]);
  const drawn = curtain.value;
  // A clock and nothing else: no name, no navigation.
  if ((ROUTES as Screens)[route.value.name]?.bare === true) {
    return (
      <main id="main" class="app-main">
        <Outlet />
      </main>
    );
  }
  if (alarm.value !== null) {
    return (
      <>
        <Top />
        <main id="main" tabIndex={-1} class="app-main">
          <AlarmScreen problem={alarm.value} />
        </main>
      </>
    );
  }
  if (asked.value !== null) {
    return (
      <>
        <Top />
        <main id="main" tabIndex={-1} class="app-main">
          <Question of={asked.value} />
        </main>
        <Announcer />
      </>
    );
  }
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        {t('shell.skip')}
      </button>
      <Top />
      {drawn === null && <Bars />}
      <main id="main" tabIndex={-1} class={open ? 'app-main with-nav' : 'app-main'}>
        {drawn !== null && <CurtainScreen how={drawn} />}
        {/* What was typed there stays. */}
        <div hidden={drawn !== null}>
          <Outlet />
        </div>
      </main>
      {open && drawn === null && <Navigation />}
      {drawn === null && <Leaving />}
      <Announcer />
    </>
  );
}
