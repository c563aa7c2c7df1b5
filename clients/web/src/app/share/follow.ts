/**
 * Standing shares follow the newest paper (S6): after a paper that one of them shows was edited, here or on another
 * device, its values are sealed anew under the same rules. What the person agreed to stays: recipient, fields, end.
 */
import { effect } from '@preact/signals';
import { HolderError, ServerLied } from '../../errors.ts';
import { republish } from '../../grant/grants.ts';
import { type Own, readOwn } from '../../grant/own.ts';
import { count } from '../../i18n/index.ts';
import type { Item, Vault } from '../../store/vault.ts';
import { toast } from '../../ui/kit.tsx';
import { noted, online, wallet } from '../session.ts';
import { keepReady } from './ready.ts';

/** A person edits several fields in a row: they go together. */
const CALM_MS = 3000;
/** Shares that cannot follow (ended meanwhile, other fields): not tried again before the next unlocking. */
const hopeless = new Set<string>();

function ownOf(item: Item): Own | null {
  try {
    return readOwn(item);
  } catch (error) {
    if (error instanceof HolderError) return null;
    throw error;
  }
}

/** Running standing shares that show an older value than the papers have. */
export function behind(vault: Vault): string[] {
  const edited = new Map(vault.items('document').map((item) => [item.id, Number(item.payload.updated ?? 0)]));
  return [...vault.items('grant')]
    .filter((item) => {
      const own = item.payload.standing === true ? ownOf(item) : null;
      if (own === null || own.exp <= vault.server.now() || hopeless.has(item.id)) return false;
      const since = typeof item.payload.published === 'number' ? item.payload.published : own.created;
      return own.picks.some((pick) => (edited.get(pick.document) ?? 0) > since);
    })
    .map((item) => item.id);
}

async function followNow(vault: Vault): Promise<void> {
  let sent = 0;
  for (const grant of behind(vault)) {
    try {
      await republish(vault, grant);
      sent++;
    } catch (error) {
      const code = noted(error);
      if (error instanceof ServerLied || code === 'offline') return;
      hopeless.add(grant);
    }
  }
  if (sent > 0) toast(count('share.followed', sent));
}

let started = false;

/** Once for the life of the page, after the first unlocking. */
export function follow(): void {
  if (started) return;
  started = true;
  keepReady();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = Promise.resolve();
  effect(() => {
    clearTimeout(timer);
    const vault = wallet.value?.vault;
    if (vault === undefined) {
      hopeless.clear();
      return;
    }
    void vault.changed.value;
    if (!online.value) return;
    timer = setTimeout(() => {
      running = running.then(() => (wallet.value?.vault === vault ? followNow(vault) : undefined));
    }, CALM_MS);
  });
}
