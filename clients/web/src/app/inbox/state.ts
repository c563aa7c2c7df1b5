/** What waits in quarantine and which codes are open: asked from the server, for the list, a badge and the screens. */
import { computed, effect, signal } from '@preact/signals';
import { ServerLied } from '../../errors.ts';
import type { Registry } from '../../formats/registry.ts';
import { fetchRegistry, keptRegistry } from '../../grant/registry.ts';
import { type Code, codes, inbox, type Received } from '../../inbox/deposits.ts';
import type { Vault } from '../../store/vault.ts';
import { wallet } from '../session.ts';

type Seen = { readonly vault: Vault; readonly received: readonly Received[]; readonly codes: readonly Code[] };
const seen = signal<Seen | null>(null);
effect(() => {
  if (wallet.value === null) seen.value = null;
});

/** Of the wallet that is open now: another one's inbox is never shown, not even for a moment. */
const mine = computed(() => (seen.value !== null && seen.value.vault === wallet.value?.vault ? seen.value : null));
export const received = computed(() => mine.value?.received ?? null);
export const open = computed(() => mine.value?.codes.filter((one) => one.state === 'open') ?? null);
/** How many wait: the badge at the inbox. */
export const waiting = computed(() => received.value?.length ?? 0);

/** The offices that what waits was judged by. */
export function registryNow(vault: Vault): Promise<Registry | null> {
  return registryOf(vault);
}

export async function refresh(vault: Vault): Promise<void> {
  const [now, rows] = await Promise.all([registryOf(vault).then((one) => inbox(vault, one)), codes(vault)]);
  if (wallet.peek()?.vault === vault) seen.value = { vault, received: now, codes: rows };
}

/** Without a registry every agency is an unknown sender: an answer, not a failure. A lie stays a lie. */
async function registryOf(vault: Vault): Promise<Registry | null> {
  try {
    return await fetchRegistry(vault);
  } catch (error) {
    if (error instanceof ServerLied) throw error;
    return await keptRegistry(vault);
  }
}

export function find(code: string | undefined, item: string | undefined): Received | undefined {
  return received.value?.find((one) => one.code === code && one.item === item);
}
