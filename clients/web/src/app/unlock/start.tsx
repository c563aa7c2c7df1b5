/** The door: the wallets on this device; none: the language, and then the beginning. */
import { useEffect, useState } from 'preact/hooks';
import { showHandle } from '../../formats/wallet.ts';
import { LANGUAGES, type Language, language, speak, spoken, t } from '../../i18n/index.ts';
import { Busy, Button, Icon, List, Notice, Row, Screen } from '../../ui/kit.tsx';
import { listWallets, type WalletOnDevice } from '../../unlock/profile.ts';
import { set } from '../more/settings.ts';
import { go, href } from '../router.ts';
import { moved } from '../session.ts';
import { isShelfLost, shelf, unmark, wasHere } from '../shelf.ts';
import { Signed } from '../whose.tsx';
import { Unlock } from './open.tsx';

type Found = { readonly wallets: readonly WalletOnDevice[]; readonly lost: boolean };
const NOTHING: Found = { wallets: [], lost: false };

async function find(): Promise<Found> {
  const wallets = await listWallets(shelf()).catch(() => []);
  return { wallets, lost: wallets.length === 0 && (await isShelfLost()) };
}

export default function Start() {
  // Where no wallet was, the shelf is looked at as well, but nobody waits for it.
  const [found, setFound] = useState<Found | null>(() => (wasHere() ? null : NOTHING));
  const [spoke, setSpoke] = useState(false);
  useEffect(() => {
    find().then(setFound);
  }, []);
  if (found === null) return <Busy text={t('shell.busy')} />;
  const [first, ...others] = found.wallets;
  if (first !== undefined && others.length === 0) return <Unlock wallet={first} alone />;
  if (first !== undefined) return <Several wallets={found.wallets} />;
  if (found.lost) return <Lost onAnew={() => setFound(NOTHING)} />;
  return spoke ? <What /> : <Languages onChosen={() => setSpoke(true)} />;
}

/** Each language in its own script and direction; the browser's own stands first. */
function Languages({ onChosen }: { onChosen: () => void }) {
  const [first] = useState(() => language.value);
  const choose = async (tag: Language) => {
    await speak(tag);
    onChosen();
    // For the next visit as well; a full disk only forgets it.
    set({ language: tag }).catch(() => undefined);
  };
  return (
    <Screen
      title={
        <span class="with-icon">
          <Icon name="globe" />
          {t('unlock.language')}
        </span>
      }
    >
      <div class="tongues">
        {[first, ...spoken.value.filter((tag) => tag !== first)].map((tag) => (
          <button
            type="button"
            key={tag}
            lang={tag}
            dir={LANGUAGES[tag].dir}
            class={tag === first ? 'tongue first' : 'tongue'}
            onClick={() => choose(tag)}
          >
            {LANGUAGES[tag].name}
          </button>
        ))}
      </div>
    </Screen>
  );
}

function What() {
  // While three lines are read, the next screen comes.
  useEffect(() => {
    import('./first.tsx').catch(() => undefined);
  }, []);
  return (
    <Screen
      title={t('unlock.what.title')}
      foot={
        <>
          <Button onClick={() => go('first')}>{t('unlock.what.begin')}</Button>
          <Button kind="quiet" onClick={() => go('enter')}>
            {t('unlock.what.have')}
          </Button>
        </>
      }
    >
      <ul class="signs">
        <li>
          <Icon name="camera" large />
          {t('unlock.what.keep')}
        </li>
        <li>
          <Icon name="share" large />
          {t('unlock.what.show')}
        </li>
        <li>
          <Icon name="eye" large />
          {t('unlock.what.see')}
        </li>
      </ul>
    </Screen>
  );
}

function Several({ wallets }: { wallets: readonly WalletOnDevice[] }) {
  return (
    <Screen
      title={t('unlock.several')}
      foot={
        <Button kind="quiet" icon="plus" onClick={() => go('enter')}>
          {t('unlock.another')}
        </Button>
      }
    >
      {moved.value && <Notice kind="info">{t('unlock.error.opened-elsewhere')}</Notice>}
      <List label={t('unlock.several')}>
        {wallets.map((one) => (
          <Row
            key={one.wallet}
            title={<Signed of={one} />}
            second={<bdi dir="ltr">{showHandle(one.handle)}</bdi>}
            href={href('open', one.wallet)}
          />
        ))}
      </List>
    </Screen>
  );
}

/** The browser has cleared this app's storage away: nothing is lost but this device's copy. */
function Lost({ onAnew }: { onAnew: () => void }) {
  const anew = () => {
    unmark();
    onAnew();
  };
  return (
    <Screen
      title={t('unlock.lost.title')}
      foot={
        <>
          <Button icon="sheet" onClick={() => go('recover')}>
            {t('unlock.enter.sheet')}
          </Button>
          <Button kind="quiet" icon="phone" onClick={() => go('join')}>
            {t('unlock.enter.join')}
          </Button>
          <Button kind="quiet" onClick={anew}>
            {t('unlock.lost.anew')}
          </Button>
        </>
      }
    >
      <p>{t('unlock.lost.text')}</p>
      <Notice kind="ok">{t('unlock.lost.safe')}</Notice>
    </Screen>
  );
}
