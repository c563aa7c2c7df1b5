/** What explains lies one tap below what is said: closed, so that a frightened person meets one sentence and not five. */
import type { ComponentChildren } from 'preact';
import { type Key, t } from '../../i18n/index.ts';
import { Icon, type IconName } from './icon.tsx';
import { Label } from './label.tsx';

type MoreProps = {
  readonly icon: IconName;
  readonly label: ComponentChildren;
  readonly onToggle?: (open: boolean) => void;
  readonly children: ComponentChildren;
};

/** The browser's own disclosure: one tap or one key, found by a page search, said by screen readers as closed or open. */
export function More({ icon, label, onToggle, children }: MoreProps) {
  return (
    <details class="explain" onToggle={(event) => onToggle?.(event.currentTarget.open)}>
      <summary>
        <Icon name={icon} />
        <span>{label}</span>
        <Icon name="next" />
      </summary>
      <div class="explained">{children}</div>
    </details>
  );
}

/** `k`: the whole explanation. */
export function Explain({ k }: { k: Key }) {
  return (
    <More icon="help" label={t('shell.explain')}>
      <p>
        <Label k={k} />
      </p>
    </More>
  );
}
