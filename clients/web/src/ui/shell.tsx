/** Header with the language switch, main, footer; and small parts that several pages share. */
import texts from 'virtual:texts/recipient';
import { effect } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Key, LANGUAGES, language, speak, spoken, start, t } from '../i18n/index.ts';
import './style.css';

function Languages() {
  return (
    <nav class="languages" aria-label={t('language')}>
      {spoken.value.map((tag) => (
        <button type="button" key={tag} lang={tag} aria-pressed={language.value === tag} onClick={() => speak(tag)}>
          {LANGUAGES[tag].name}
        </button>
      ))}
    </nav>
  );
}

function Shell({ children, footer }: { children: ComponentChildren; footer: Key | null }) {
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        {t('skip')}
      </button>
      <header class="top">
        <span class="brand">{t('brand')}</span>
        <Languages />
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      {footer !== null && (
        <footer class="foot">
          <p>{t(footer)}</p>
        </footer>
      )}
    </>
  );
}

/** A button: a link would put a fragment into the address bar. */
function skip(): void {
  document.getElementById('main')?.focus();
}

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
      {text}
    </bdi>
  );
}

export async function page(title: Key, view: () => VNode, footer: Key | null = null): Promise<void> {
  await start(texts);
  effect(() => {
    document.title = t(title);
  });
  const View = view;
  render(
    <Shell footer={footer}>
      <View />
    </Shell>,
    document.getElementById('app') as HTMLElement,
  );
}
