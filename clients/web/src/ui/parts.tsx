/** Small parts that the pages of recipients and the holder's app share. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { plainly } from '../i18n/foreign.ts';

/** A new screen: its heading takes the focus, so that a screen reader begins there. */
export function Heading({ children, alarm = false }: { children: ComponentChildren; alarm?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h1 ref={heading} tabIndex={-1} class={alarm ? 'alarm' : undefined}>
      {children}
    </h1>
  );
}

export function Busy({ text }: { text: string }) {
  return (
    <p class="busy" role="status">
      <span class="turning" aria-hidden="true" />
      {text}
    </p>
  );
}

/** Text that came from somewhere else: shown in its own direction. */
export function Foreign({ text, lang }: { text: string; lang?: string | undefined }) {
  return (
    <bdi dir="auto" lang={lang}>
      {plainly(text)}
    </bdi>
  );
}
