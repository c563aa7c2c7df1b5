/** One thing at a time that may fail: what is going on, and what went wrong in words with a next step. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { HolderError } from '../../errors.ts';
import { type Key, t } from '../../i18n/index.ts';
import { Notice } from '../../ui/kit.tsx';
import { noted } from '../session.ts';

export type Trouble = { readonly code: string; readonly members: HolderError['members'] };
export type Task = {
  readonly busy: boolean;
  readonly trouble: Trouble | null;
  /** A second call while the first runs does nothing. A lie raises the alarm, which is not ours. */
  readonly run: (work: () => Promise<unknown>) => Promise<void>;
};

export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const running = useRef(false);
  const run = async (work: () => Promise<unknown>) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setTrouble(null);
    try {
      await work();
    } catch (error) {
      const code = noted(error);
      if (code !== null) setTrouble({ code, members: error instanceof HolderError ? error.members : {} });
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { busy, trouble, run };
}

/** Every code that a screen here can meet has a sentence `share.error.CODE`; another one is shown as it is. */
export function TroubleView({ trouble, children }: { trouble: Trouble | null; children?: ComponentChildren }) {
  if (trouble === null) return null;
  const text = t(`share.error.${trouble.code}` as Key);
  const named = Object.values(trouble.members)
    .filter((one) => Array.isArray(one))
    .flat()
    .join(', ');
  return (
    <Notice kind="warn">
      <p>{text === '' ? t('share.error.other') : text}</p>
      {named !== '' && (
        <p>
          <bdi>{named}</bdi>
        </p>
      )}
      {text === '' && (
        <p>
          <bdi dir="ltr">{trouble.code}</bdi>
        </p>
      )}
      {children}
    </Notice>
  );
}
