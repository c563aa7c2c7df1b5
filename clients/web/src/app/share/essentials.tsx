/**
 * The first layer of what a person agrees to: who, what, for what, until when, that it ends when they want, and that a "no"
 * costs nothing, or what it costs. One line each, drawn from the very conditions that are sealed; the whole text lies one
 * tap below (legal.tsx). Why this is enough, and what it must never leave out: ADR 0026.
 */
import type { ComponentChildren } from 'preact';
import type { Prepared } from '../../grant/grants.ts';
import { count, duration, t } from '../../i18n/index.ts';
import { Foreign, Icon, type IconName, Label } from '../../ui/kit.tsx';
import { dayOf } from './end.tsx';

type LineProps = { readonly icon: IconName; readonly label: ComponentChildren; readonly children: ComponentChildren };

function Line({ icon, label, children }: LineProps) {
  return (
    <div>
      <dt>
        <Icon name={icon} />
        <span>{label}</span>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Stands above what they will see. */
export function Recipient({ of }: { of: Prepared }) {
  const { name, address, agency } = of.to;
  return (
    <dl class="lines">
      <Line icon={agency === null ? 'person' : 'office'} label={<Label k="share.line.who" />}>
        <Foreign text={name || t('share.anybody')} {...(agency === null ? {} : { lang: 'de' })} />
        {address !== null && (
          <p class="from">
            <Foreign text={address} lang="de" />
          </p>
        )}
      </Line>
    </dl>
  );
}

type RestProps = {
  readonly of: Prepared;
  /** The purpose, and what a "no" means, as the person can read them; `onNo` null: it costs nothing. */
  readonly purpose: ComponentChildren;
  readonly onNo: ComponentChildren | null;
};

/** Stands below what they will see. */
export function Conditions({ of, purpose, onNo }: RestProps) {
  const { basis, opens, passcode, standing, retention } = of.conditions;
  const limits = [opens > 0 ? count('share.times', opens) : '', passcode === null ? '' : t('share.code.passcode')];
  return (
    <dl class="lines">
      <Line icon="help" label={<Label k="share.line.for" />}>
        {purpose}
      </Line>
      {basis !== 'consent' && (
        <Line icon="info" label={<Label k="share.line.basis" />}>
          <Label k={`share.why.basis.${basis}`} />
        </Line>
      )}
      <Line icon="calendar" label={<Label k="share.line.until" />}>
        {dayOf(of.exp)}
      </Line>
      {limits.some((one) => one !== '') && (
        <Line icon="eye" label={<Label k="share.line.opens" />}>
          {limits.filter((one) => one !== '').join(' · ')}
        </Line>
      )}
      {standing && (
        <Line icon="sync" label={<Label k="share.standing" />}>
          {t('value.yes')}
        </Line>
      )}
      {of.to.agency !== null && (
        <Line icon="office" label={<Label k="share.why.keeps" />}>
          {duration(retention)}
        </Line>
      )}
      <Line icon="stop" label={<Label k="share.line.end" />}>
        <Label k="share.line.anytime" />
      </Line>
      <Line icon="close" label={<Label k="unlock.first.no" />}>
        {onNo ?? <Label k="share.line.free" />}
      </Line>
    </dl>
  );
}
