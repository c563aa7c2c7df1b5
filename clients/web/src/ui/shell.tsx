/** Header with the language switch, main, footer; of the pages that need no wallet. */
import texts from 'virtual:texts/recipient';
import { effect } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { render } from 'preact';
import { type Key, LANGUAGES, language, speak, spoken, start, t } from '../i18n/index.ts';
import './style.css';

export { Busy, Foreign, Heading } from './parts.tsx';

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
