/** The devices that can open this wallet: plain names, last use, this one marked; each other one can be locked out. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Button, Label, List, Row, Screen } from '../../ui/kit.tsx';
import type { Device } from '../../unlock/wallet.ts';
import { back, go, href } from '../router.ts';
import { wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { deviceIcon, deviceName } from './device_name.ts';
import { dayOf } from './words.ts';

export default function Devices() {
  const deed = useDeed();
  const [rows, setRows] = useState<readonly Device[] | null>(null);
  const open = wallet.value;
  useEffect(() => {
    if (open !== null) deed.run(async () => setRows(sorted(await open.devices())));
  }, [open]);
  return (
    <Screen
      title={<Label k="more.devices.title" />}
      back={back}
      foot={
        <Button icon="plus" onClick={() => go('device-add')}>
          <Label k="more.devices.add" />
        </Button>
      }
    >
      <p>
        <Label k="more.devices.lead" />
      </p>
      <Trouble deed={deed} />
      {rows === null && deed.busy && <p role="status">{t('inbox.looking')}</p>}
      {rows !== null && (
        <List label={t('more.devices.title')}>
          {rows.map((one) => (
            <Row
              key={one.device}
              icon={deviceIcon(one.label)}
              title={deviceName(one.label)}
              second={
                <>
                  {t('more.device.seen', { date: dayOf(one.seen_on) })}
                  <br />
                  {t('more.device.added', { date: dayOf(one.created) })}
                </>
              }
              {...(one.this
                ? { badge: t('more.device.this'), tone: 'ok' as const }
                : { href: href('device-out', one.device), badge: t('more.device.out') })}
            />
          ))}
        </List>
      )}
    </Screen>
  );
}

/** This one first, then by last use. */
function sorted(rows: readonly Device[]): Device[] {
  return [...rows].sort((a, b) => Number(b.this) - Number(a.this) || b.seen_on - a.seen_on);
}
