/** Screen, button, notice, card and the other parts without an input. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { locale, t } from '../../i18n/index.ts';
import { Icon, type IconName } from './icon.tsx';

export { Busy } from '../parts.tsx';

type ScreenProps = {
  readonly title: ComponentChildren;
  /** Shows an arrow; usually `back` of the router. */
  readonly back?: (() => void) | undefined;
  readonly children: ComponentChildren;
  /** The buttons: stays in sight below a long screen. The primary one first. */
  readonly foot?: ComponentChildren;
  readonly alarm?: boolean;
};

/**
 * One screen: one question or one thing. Its heading takes the focus when the screen appears, so that a screen reader
 * begins there; a next step inside one route gets a `key` of its own for that.
 */
export function Screen({ title, back, children, foot, alarm = false }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <div class="screen">
      <div class="screen-top">
        {back !== undefined && (
          <button type="button" class="round" onClick={back} aria-label={t('shell.back')}>
            <Icon name="back" />
          </button>
        )}
        <h1 ref={heading} tabIndex={-1} class={alarm ? 'alarm' : undefined}>
          {title}
        </h1>
      </div>
      <div class="screen-body">{children}</div>
      {foot !== undefined && <div class="screen-foot">{foot}</div>}
    </div>
  );
}

type ButtonProps = {
  readonly kind?: 'primary' | 'quiet' | 'danger';
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly icon?: IconName;
  readonly type?: 'button' | 'submit';
  readonly onClick?: (event: MouseEvent) => unknown;
  readonly form?: string;
  readonly children: ComponentChildren;
};

/** While busy it keeps the focus and says so; a second tap does nothing. */
export function Button({ kind = 'primary', busy = false, icon, type = 'button', ...rest }: ButtonProps) {
  const { disabled = false, onClick, form, children } = rest;
  const tap = (event: MouseEvent) => {
    if (busy) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button type={type} class={`button ${kind}`} form={form} disabled={disabled} aria-disabled={busy} onClick={tap}>
      {busy ? <span class="turning" aria-hidden="true" /> : icon !== undefined && <Icon name={icon} />}
      <span>{children}</span>
      {busy && <span class="unseen">{t('shell.busy')}</span>}
    </button>
  );
}

const SIGNS = { info: 'info', ok: 'check', warn: 'warn', alarm: 'stop' } as const;
export type NoticeKind = keyof typeof SIGNS;

/** Something to know: a sign, words and a colour, never the colour alone. `warn` and `alarm` are read out at once. */
export function Notice({ kind, title, children }: { kind: NoticeKind; title?: string; children?: ComponentChildren }) {
  return (
    <div class={`notice notice-${kind}`} role={kind === 'alarm' || kind === 'warn' ? 'alert' : undefined}>
      <Icon name={SIGNS[kind]} />
      <div>
        {title !== undefined && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

export function Card({ title, icon, children }: { title?: string; icon?: IconName; children: ComponentChildren }) {
  return (
    <section class="card">
      {title !== undefined && (
        <h2>
          {icon !== undefined && <Icon name={icon} />}
          {title}
        </h2>
      )}
      {children}
    </section>
  );
}

/** Where somebody is in a row of screens: dots to see, words to hear. */
export function Steps({ now, of }: { now: number; of: number }) {
  const format = new Intl.NumberFormat(locale());
  const dots = Array.from({ length: of }, (_, n) => n + 1);
  return (
    <p class="steps">
      <span class="unseen">{t('shell.step', { n: format.format(now), of: format.format(of) })}</span>
      {dots.map((n) => (
        <span key={n} class={n <= now ? 'dot done' : 'dot'} aria-hidden="true" />
      ))}
    </p>
  );
}

export function Empty({ icon, text, children }: { icon: IconName; text: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} large />
      <p>{text}</p>
      {children}
    </div>
  );
}

/** `value` from 0 to 1; without it only that something is going on. */
export function Progress({ value, label }: { value?: number | undefined; label: string }) {
  const id = useId();
  const percent = new Intl.NumberFormat(locale(), { style: 'percent' });
  return (
    <div class="progress">
      <span id={id}>{label}</span>
      <progress max={1} {...(value === undefined ? {} : { value })} aria-labelledby={id} />
      {value !== undefined && <span aria-hidden="true">{percent.format(value)}</span>}
    </div>
  );
}

/** Somebody may sit beside the holder: the value is hidden until tapped, and again when the page is left. */
export function Masked({ value, label }: { value: string; label: string }) {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const leave = () => document.hidden && setSeen(false);
    document.addEventListener('visibilitychange', leave);
    return () => document.removeEventListener('visibilitychange', leave);
  }, []);
  return (
    <button type="button" class="masked" aria-pressed={seen} onClick={() => setSeen(!seen)}>
      <Icon name={seen ? 'hide' : 'eye'} />
      <span class="unseen">{t(seen ? 'shell.mask' : 'shell.unmask', { what: label })}</span>
      {seen ? (
        <bdi dir="auto">{value}</bdi>
      ) : (
        <span class="dots" aria-hidden="true">
          ••••••
        </span>
      )}
    </button>
  );
}
