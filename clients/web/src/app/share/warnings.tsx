/** What the person should know before it leaves: said, not forbidden. */
import type { Warning } from '../../grant/selection.ts';
import { t } from '../../i18n/index.ts';
import { date } from '../../redeem/value.ts';
import { Foreign, Label, Notice } from '../../ui/kit.tsx';
import { vault } from '../session.ts';
import { slotNamed } from './names.ts';
import { titleOf } from './picks.ts';

export function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <>
      {warnings.map((one) => (
        <Notice kind="warn" key={`${one.kind}${one.document}${'name' in one ? one.name : ''}`}>
          <WarningText warning={one} />
        </Notice>
      ))}
    </>
  );
}

function WarningText({ warning }: { warning: Warning }) {
  if (warning.kind === 'expired' || warning.kind === 'expiring') {
    return (
      <>
        <p>{t(`share.warn.${warning.kind}`, { day: date(warning.day) })}</p>
        <p>
          <Foreign text={warning.title || titleOf(vault(), warning.document)} />
        </p>
      </>
    );
  }
  if (warning.kind === 'scan-shows') {
    return (
      <>
        <p>
          <Label k="share.warn.scan" />
        </p>
        <ul>
          {warning.shows.map((what) => (
            <li key={what}>
              <Label k={`share.shows.${what as 'portrait'}`} />
            </li>
          ))}
        </ul>
      </>
    );
  }
  const { kind, name } = warning as Extract<Warning, { name: string }>;
  return (
    <>
      <p>
        <Label k={`share.warn.${kind as 'sensitive'}`} />
      </p>
      <p>
        <Foreign text={slotNamed(name).field} />
      </p>
    </>
  );
}
