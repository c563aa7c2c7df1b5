/** A list whose rows lead somewhere. */
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

export function List({ label, children }: { label?: string; children: ComponentChildren }) {
  return (
    <ul class="list" aria-label={label}>
      {children}
    </ul>
  );
}

export type Tone = 'plain' | 'ok' | 'warn' | 'alarm';

export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}

type RowProps = {
  readonly icon?: IconName;
  readonly title: ComponentChildren;
  readonly second?: ComponentChildren;
  readonly badge?: ComponentChildren;
  readonly tone?: Tone;
  /** `href('name', …)` of the router: the row is a link. */
  readonly href?: string;
  readonly onClick?: () => unknown;
  /** A further control beside the row: a row with it has two. */
  readonly side?: ComponentChildren;
};

const SHORT_BADGE = 3;

export function Row({ icon, title, second, badge, tone = 'plain', href, onClick, side }: RowProps) {
  // A number stands at the side; words stand below, where a narrow phone has room for them.
  const aside = typeof badge === 'string' && badge.length <= SHORT_BADGE;
  const mark = badge !== undefined && <Badge tone={tone}>{badge}</Badge>;
  const inside = (
    <>
      {icon !== undefined && <Icon name={icon} />}
      <span class="row-text">
        <span class="row-title">{title}</span>
        {second !== undefined && <span class="row-second">{second}</span>}
        {!aside && mark}
      </span>
      {aside && mark}
      {(href !== undefined || onClick !== undefined) && <Icon name="next" />}
    </>
  );
  return (
    <li class="row-line">
      {href !== undefined ? (
        <a class="row-main" href={href}>
          {inside}
        </a>
      ) : onClick !== undefined ? (
        <button type="button" class="row-main" onClick={() => onClick()}>
          {inside}
        </button>
      ) : (
        <div class="row-main">{inside}</div>
      )}
      {side}
    </li>
  );
}
