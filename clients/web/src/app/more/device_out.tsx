/** Locking a device out: it is dead at once, then every key becomes new, and with it the sheet. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Label, Notice, Screen } from '../../ui/kit.tsx';
import type { Device } from '../../unlock/wallet.ts';
import { back } from '../router.ts';
import type { Params } from '../routes.ts';
import { wallet } from '../session.ts';
import { Trouble, useDeed } from './deed.tsx';
import { deviceName } from './device_name.ts';
import { Relock } from './relock.tsx';

export default function DeviceOut({ params }: { params: Params }) {
  const deed = useDeed();
  const [device, setDevice] = useState<Device | null | undefined>(undefined);
  const open = wallet.value;
  const [id = ''] = params;
  useEffect(() => {
    if (open === null) return;
    deed.run(async () => {
      const found = (await open.devices()).find((one) => one.device === id && !one.this);
      setDevice(found ?? null);
    });
  }, [open, id]);
  if (open === null || device === undefined || device === null) {
    return (
      <Screen title={<Label k="more.out.title" />} back={back}>
        <Trouble deed={deed} />
        {device === null && <Notice kind="info">{t('more.out.gone')}</Notice>}
      </Screen>
    );
  }
  return (
    <Relock
      key="relock"
      title="more.out.question"
      fill={{ name: deviceName(device.label) }}
      what={['more.out.what', 'more.out.sheet', 'more.out.others']}
      yes="more.out.yes"
      deed={(proof, steps) => open.lockOut(device.device, proof, steps)}
      then="devices"
    />
  );
}
