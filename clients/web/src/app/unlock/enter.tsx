/** "I have one already": the ways in on a device that does not know the wallet, and the emergency stop. */
import { t } from '../../i18n/index.ts';
import { List, Row, Screen } from '../../ui/kit.tsx';
import { back, href } from '../router.ts';
import { ROUTES } from '../routes.ts';

export default function Enter() {
  return (
    <Screen title={t('unlock.enter.title')} back={back}>
      <List label={t('unlock.enter.title')}>
        <Row icon="phone" title={t('unlock.enter.join')} second={t('unlock.enter.join2')} href={href('join')} />
        <Row icon="sheet" title={t('unlock.enter.sheet')} second={t('unlock.enter.sheet2')} href={href('recover')} />
        <Row icon="digits" title={t('unlock.enter.digits')} second={t('unlock.enter.digits2')} href={href('adopt')} />
        <Row icon="plus" title={t('unlock.enter.new')} href={href('first')} />
        {Object.hasOwn(ROUTES, 'assist') && (
          <Row
            icon="computer"
            title={t('unlock.enter.assist')}
            second={t('unlock.enter.assist2')}
            href={href('assist')}
          />
        )}
        {Object.hasOwn(ROUTES, 'stop') && (
          <Row icon="stop" title={t('unlock.enter.stop')} second={t('unlock.enter.stop2')} href={href('stop')} />
        )}
      </List>
    </Screen>
  );
}
