/** Words that appear without a new screen: said by a screen reader, and shown for a while. */
import { signal } from '@preact/signals';
import { t } from '../../i18n/index.ts';
import { Button } from './basics.tsx';
import { Icon } from './icon.tsx';

/** Long enough to read two short lines slowly; with an action (undo) twice that. */
const SHOWN_MS = 6000;

type Action = { readonly label: string; readonly run: () => unknown };
type Shown = { readonly text: string; readonly action: Action | undefined };

const said = signal('');
const shown = signal<Shown | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Only for ears: what a sighted person sees happen. */
export function announce(text: string): void {
  // The same words twice are two events: an empty moment between them.
  said.value = '';
  setTimeout(() => {
    said.value = text;
  }, 50);
}

/** Something was done; never an error that needs an answer, never an alarm. */
export function toast(text: string, action?: Action): void {
  clearTimeout(timer);
  shown.value = { text, action };
  later(shown.value);
}

function later({ action }: Shown): void {
  clearTimeout(timer);
  timer = setTimeout(hush, action === undefined ? SHOWN_MS : SHOWN_MS * 2);
}

/** Whoever is at its button by keyboard is not hurried (WCAG 2.2.1). */
function hold(): void {
  clearTimeout(timer);
}

export function hush(): void {
  clearTimeout(timer);
  shown.value = null;
}

export function Announcer() {
  const now = shown.value;
  return (
    <>
      <div class="unseen" role="status" aria-live="polite">
        {said.value}
      </div>
      <div class="toast-place" role="status" aria-live="polite">
        {now !== null && (
          <div class="toast" onFocusIn={hold} onFocusOut={() => later(now)}>
            <span>{now.text}</span>
            {now.action !== undefined && (
              <Button
                kind="quiet"
                onClick={() => {
                  hush();
                  now.action?.run();
                }}
              >
                {now.action.label}
              </Button>
            )}
            <button type="button" class="round" onClick={hush} aria-label={t('shell.close')}>
              <Icon name="close" />
            </button>
          </div>
        )}
      </div>
    </>
  );
}
