/**
 * The unlocked wallet of this tab, and what keeps it in step: synchronising, sending what waits, locking when nobody is
 * there. Nothing secret outlives the tab.
 */
import { signal } from '@preact/signals';
import { Problem } from '../api/http.ts';
import { ServerLied } from '../errors.ts';
import type { Vault } from '../store/vault.ts';
import type { Wallet } from '../unlock/wallet.ts';

/** A phone that lies on a table is open to whoever takes it; 5 minutes are enough to find a paper. */
export const IDLE_MINUTES = 5;
/** What was typed is not thrown away at once, but not for ever either. */
const UNSAVED_GRACE = 3;
/** What other devices wrote, and a recovery that somebody began, are seen within a minute. */
const SYNC_EVERY_MS = 60_000;
const IDLE_CHECK_MS = 5_000;

export const wallet = signal<Wallet | null>(null);
/** It has come to this device and nobody has said yet that it is theirs: until then it is not open (wallet.md). */
export const asked = signal<Wallet | null>(null);
/** Whether the server answered the last time; the browser's own word is only believed when it says no. */
export const online = signal(navigator.onLine);
/** The server said something that cannot be true: the alarm screen, and nothing else. */
export const alarm = signal<ServerLied | null>(null);
/** The session has ended on the server (stop code, lock-out, restore): papers are shown, nothing can be sent. */
export const signedOut = signal<string | null>(null);
/** Another window has taken the wallet over: only one works at a time. */
export const moved = signal(false);
export const syncing = signal(false);
/** When the server was last heard, in seconds; null: not since the wallet was opened. */
export const heard = signal<number | null>(null);
export const idleMinutes = signal(IDLE_MINUTES);
/** New secrets are on the screen and nowhere else yet: nothing locks by itself, they are covered (curtain.ts). */
export const secretsShown = signal(false);

/** Codes by which the server says that this device may not come in any more. */
const ENDED: ReadonlySet<string> = new Set(['session-invalid', 'locks-changed']);

let unsaved: () => boolean = () => false;
let leave: () => void = () => undefined;
let touched = Date.now();

/** Somebody is there. */
export function touch(): void {
  touched = Date.now();
}

/** Milliseconds since then. A clock that was put back must not look like a touch. */
export function untouched(): number {
  return Math.abs(Date.now() - touched);
}

/** The open wallet's vault. Screens with `when: 'open'` have one. */
export function vault(): Vault {
  const open = wallet.value;
  if (open === null) throw new Error('locked');
  return open.vault;
}

export function opened(next: Wallet): void {
  touch();
  if (next.profile.unsure) {
    asked.value = next;
    return;
  }
  asked.value = null;
  moved.value = false;
  signedOut.value = null;
  heard.value = null;
  wallet.value = next;
  // What is sent by itself meets a lie too.
  next.vault.outbox.stuck.subscribe((stuck) => {
    if (stuck instanceof ServerLied && wallet.value === next) alarm.value = stuck;
  });
  next.vault.takenOver.subscribe((taken) => {
    if (taken && wallet.value === next) takenOver();
  });
  void syncNow();
}

export function lock(): void {
  asked.value?.lock();
  asked.value = null;
  const open = wallet.value;
  if (open === null) return;
  // The router first: no screen of the wallet is drawn once more without it.
  leave();
  wallet.value = null;
  signedOut.value = null;
  open.lock();
}

/**
 * What every failure goes through: a lie raises the alarm, a missing network and an ended session are noted. Returns the
 * error's code for the screen's sentence; null when the screen has nothing to say any more.
 */
export function noted(error: unknown): string | null {
  if (error instanceof ServerLied) {
    alarm.value = error;
    return null;
  }
  if (error instanceof Problem && error.status === 0) online.value = false;
  const code = codeOf(error);
  if (wallet.value !== null && code === 'opened-elsewhere') takenOver();
  if (wallet.value !== null && ENDED.has(code)) signedOut.value = code;
  return code;
}

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'app-fault';
}

function takenOver(): void {
  moved.value = true;
  // What was typed here can still be read and copied; the bar says that it cannot be kept.
  if (!unsaved()) lock();
}

let running: Promise<void> | null = null;

/** Fetches what is new and sends what waits. One at a time; a second call waits for the first. */
export function syncNow(): Promise<void> {
  running ??= step().finally(() => {
    running = null;
    syncing.value = false;
  });
  return running;
}

async function step(): Promise<void> {
  const open = wallet.value;
  if (open === null || alarm.value !== null) return;
  syncing.value = true;
  try {
    await open.vault.sync();
    online.value = true;
    heard.value = Math.floor(Date.now() / 1000);
    await open.vault.outbox.flush();
  } catch (error) {
    if (wallet.value === open) noted(error);
  }
}

function idle(): void {
  const question = asked.value;
  if (question !== null && (!question.profile.live || untouched() >= idleMinutes.value * 60_000)) {
    lock();
    return;
  }
  if (wallet.value === null) return;
  if (!wallet.value.profile.live && !moved.value) {
    takenOver();
    return;
  }
  if (secretsShown.value) return;
  const limit = idleMinutes.value * 60_000 * (unsaved() ? UNSAVED_GRACE : 1);
  if (untouched() >= limit) lock();
}

/** The loops of the app: called once. `whenLocked` clears the address; `hasUnsaved` is the router's. */
export function startSession(hooks: { hasUnsaved: () => boolean; whenLocked: () => void }): void {
  unsaved = hooks.hasUnsaved;
  leave = hooks.whenLocked;
  for (const kind of ['pointerdown', 'keydown', 'input']) addEventListener(kind, touch, { passive: true });
  addEventListener('online', () => {
    online.value = true;
    void syncNow();
  });
  addEventListener('offline', () => {
    online.value = false;
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return;
    // A timer sleeps with the tab; the clock does not.
    idle();
    void syncNow();
  });
  setInterval(idle, IDLE_CHECK_MS);
  setInterval(() => {
    if (!document.hidden) void syncNow();
  }, SYNC_EVERY_MS);
}
