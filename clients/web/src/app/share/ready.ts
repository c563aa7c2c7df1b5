/** What preparing a share needs without a network, fetched while there is one: the texts in the person's language. */
import { effect } from '@preact/signals';
import { consentText } from '../../grant/texts.ts';
import { language } from '../../i18n/index.ts';
import { online } from '../session.ts';

const BASES = ['consent', 'contract', 'public-task'] as const;

export function keepReady(): void {
  effect(() => {
    const now = language.value;
    if (!online.value) return;
    // What is missing is fetched when it is needed, or said to be missing then.
    void Promise.allSettled(BASES.map((basis) => consentText(basis, now)));
  });
}
