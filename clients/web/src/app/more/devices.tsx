/** The devices that can open this wallet: plain names, last use, this one marked; each other one can be locked out. */
import { useEffect, useState } from 'preact/hooks';
import { clockTime, t } from '../../i18n/index.ts';
import { Button, Label, List, Row, Screen } from '../../ui/kit.tsx';
import type { Device } from '../../unlock/wallet.ts';
import { back, go } from '../router.ts';
import { wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { deviceIcon, deviceName } from './device_name.ts';
import { shortDay } from './words.ts';

export default function Devices() {
  const deed = useDeed();
  const [rows, setRows] = useState<readonly Device[] | null>(null);
  const open = wallet.value;
  useEffect(() => {
    if (open !== null) deed.run(async () => setRows(sorted(await open.devices())));
  }, [open]);
  const end = (one: Device) =>
    deed.run(async () => {
      await open?.endLent(one.device);
      setRows(sorted((await open?.devices()) ?? []));
    });
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
              icon={deviceIcon(one.until === null ? one.label : 'office')}
              title={one.this ? `${nameOf(one)} · ${t('more.device.this')}` : nameOf(one)}
              second={
                <>
                  {t('more.device.seen', { date: shortDay(one.seen_on) })}
                  {one.this && (
                    <>
                      <br />
                      {t('more.device.added', { date: shortDay(one.created) })}
                    </>
                  )}
                  {one.until !== null && (
                    <>
                      <br />
                      {t('more.device.until', { time: clockTime(one.until) })}
                    </>
                  )}
                </>
              }
              {...(one.this
                ? {}
                : {
                    side:
                      one.until === null ? (
                        <Button kind="quiet" onClick={() => go('device-out', one.device)}>
                          <Label k="more.device.out" />
                        </Button>
                      ) : (
                        <Button kind="quiet" busy={deed.busy} onClick={() => end(one)}>
                          <Label k="more.assist.end" />
                        </Button>
                      ),
                  })}
            />
          ))}
        </List>
      )}
    </Screen>
  );
}

/** A device with an end is lent: what its program calls itself does not matter. */
function nameOf({ label, until }: Device): string {
  return deviceName(until === null ? label : 'office');
}

/** This one first, then by last use. */
function sorted(rows: readonly Device[]): Device[] {
  return [...rows].sort((a, b) => Number(b.this) - Number(a.this) || b.seen_on - a.seen_on);
}
