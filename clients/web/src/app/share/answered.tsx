/** Done. The digits prove to the clerk that this answer comes from the person before them. */
import { t } from '../../i18n/index.ts';
import { Button, Digits, Foreign, Notice, Screen } from '../../ui/kit.tsx';
import { go, replace } from '../router.ts';
import { Gone } from './gone.tsx';
import { done } from './state.ts';
import './share.css';

export default function Answered() {
  const now = done.value;
  if (now === null) return <Gone />;
  const { digits, grant, name } = now;
  return (
    <Screen
      title={t(digits === null ? 'share.answered.sent' : 'share.answered.title')}
      foot={
        <>
          <Button onClick={() => replace('share')}>{t('share.answered.ok')}</Button>
          <Button kind="quiet" onClick={() => go('running', grant)}>
            {t('share.answered.end')}
          </Button>
        </>
      }
    >
      {digits !== null && (
        <>
          <p>{t('share.answered.digits')}</p>
          <p class="clerk-digits">
            <Digits blocks={[digits.slice(0, 3), digits.slice(3)]} large />
          </p>
        </>
      )}
      <Notice kind="ok">
        <p>
          <Foreign text={name} lang="de" />
        </p>
        <p>{t('share.answered.text')}</p>
      </Notice>
    </Screen>
  );
}
