/** What went wrong at the door, in a sentence with a next step. */
import { count, type Key, moment, t } from '../../i18n/index.ts';
import { Notice } from '../../ui/kit.tsx';
import { codeOf } from '../session.ts';

const SENTENCES: ReadonlySet<string> = new Set([
  'offline',
  'wrong-secret',
  'sign-in-refused',
  'bad-handle',
  'bad-code',
  'pin-gone',
  'no-prf',
  'no-passkey',
  'locks-changed',
  'storage-full',
  'storage-lost',
  'no-key-store',
  'creation-busy',
  'opened-elsewhere',
]);

const number = (error: unknown, name: string): number | undefined => {
  const value = (error as { members?: Record<string, unknown> }).members?.[name];
  return typeof value === 'number' ? value : undefined;
};

export function sentence(error: unknown): string {
  const code = codeOf(error);
  const tries = number(error, 'tries_left');
  if (code === 'pin-wrong') return tries === undefined ? t('unlock.error.pin') : count('unlock.error.tries', tries);
  const until = number(error, 'until');
  if (code === 'recovery-waits' && until !== undefined) return t('unlock.error.waits', { time: moment(until) });
  if (code === 'bad-block') return t('shell.block.wrong', { n: number(error, 'block') ?? '?' });
  if (code === 'bad-digits') return t('unlock.error.digits', { n: number(error, 'count') ?? '?' });
  return SENTENCES.has(code) ? t(`unlock.error.${code}` as Key) : t('unlock.error.other', { code });
}

export function Trouble({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <Notice kind="warn">
      <p>{sentence(error)}</p>
    </Notice>
  );
}
