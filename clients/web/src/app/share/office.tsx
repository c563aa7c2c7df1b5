/** Who an office is, and what it can do to the person: a symbol and plain words, never a colour alone. */
import type { Agency } from '../../grant/registry.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Card, Foreign, Icon, type IconName } from '../../ui/kit.tsx';

export const POWERS = {
  'can-intervene': { icon: 'stop', key: 'share.power.intervene', tone: 'alarm' },
  'can-sanction': { icon: 'warn', key: 'share.power.sanction', tone: 'warn' },
  'voluntary-advice': { icon: 'help', key: 'share.power.advice', tone: 'info' },
} as const satisfies Record<Agency['power'], { icon: IconName; key: Key; tone: string }>;

/** Only what a phone can dial or mail: an address that an office has chosen is opened by nothing else. */
function Contact({ contact }: { contact: Agency['contact'] }) {
  const { phone, email } = contact;
  if (phone === undefined && email === undefined) return null;
  return (
    <ul class="plain-list">
      {phone !== undefined && (
        <li>
          <Icon name="phone" />
          <a href={`tel:${phone.replace(/[^+\d]/g, '')}`} dir="ltr">
            {phone}
          </a>
        </li>
      )}
      {email !== undefined && (
        <li>
          <Icon name="letter" />
          <a href={`mailto:${encodeURIComponent(email).replace('%40', '@')}`} dir="ltr">
            {email}
          </a>
        </li>
      )}
    </ul>
  );
}

export function OfficeCard({ agency }: { agency: Agency }) {
  const power = POWERS[agency.power];
  return (
    <Card>
      <h2 class="office-name">
        <Icon name="office" />
        <Foreign text={agency.name} lang="de" />
      </h2>
      <p>
        <Foreign text={agency.address} lang="de" />
      </p>
      <Contact contact={agency.contact} />
      <p class={`power power-${power.tone}`}>
        <Icon name={power.icon} />
        <span>{t(power.key)}</span>
      </p>
    </Card>
  );
}
