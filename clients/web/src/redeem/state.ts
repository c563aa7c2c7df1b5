/** Which screen there is, and what leads from one to the next. */
import { signal } from '@preact/signals';
import { Problem } from '../api/http.ts';
import { Refusal } from '../formats/errors.ts';
import type { Lease } from './lease.ts';
import { type Papers, type Peek, Redeemer } from './redeem.ts';

/** Ends that the server names to whoever proves S; each has its own sentence and next step. */
export const ENDS = [
  'grant-expired',
  'grant-withdrawn',
  'grant-used-up',
  'grant-suspended',
  'grant-not-yet',
  'passcode-exhausted',
  'peeks-exhausted',
  'not-found',
] as const;
export type End = (typeof ENDS)[number];

export type Note =
  | { readonly kind: 'code-wrong'; readonly left: number }
  | { readonly kind: 'code-invalid' }
  | { readonly kind: 'trouble'; readonly code: string };

export type Screen =
  | { readonly at: 'no-link'; readonly broken: boolean }
  | { readonly at: 'start'; readonly note?: Note | undefined }
  | { readonly at: 'running'; readonly lease: Lease; readonly note?: Note | undefined }
  | { readonly at: 'peeked'; readonly peek: Peek; readonly note?: Note | undefined }
  | { readonly at: 'opened'; readonly papers: Papers }
  | { readonly at: 'ended'; readonly end: End; readonly from?: number | undefined }
  | { readonly at: 'stopped'; readonly code: string };

export const screen = signal<Screen>({ at: 'no-link', broken: false });
export const busy = signal<'look' | 'open' | 'code' | null>(null);
let redeemer: Redeemer | null = null;

export function current(): Redeemer {
  if (redeemer === null) throw new Error('no link');
  return redeemer;
}

export async function begin(fragment: string | null): Promise<void> {
  redeemer = null;
  if (fragment === null) {
    screen.value = { at: 'no-link', broken: false };
    return;
  }
  try {
    redeemer = await Redeemer.from(fragment);
  } catch {
    screen.value = { at: 'no-link', broken: true };
    return;
  }
  const lease = await redeemer.running();
  screen.value = lease?.seen === undefined ? { at: 'start' } : { at: 'running', lease };
}

/** What came over a desk instead of a link. */
export async function adopt(given: Redeemer): Promise<void> {
  redeemer = given;
  screen.value = { at: 'start' };
  await look();
}

export async function look(): Promise<void> {
  await guarded('look', async () => {
    screen.value = { at: 'peeked', peek: await current().peek() };
  });
}

export async function openPapers(profile: string | null, passcode: string | null, version?: number): Promise<void> {
  await guarded(profile === null ? 'open' : 'code', async () => {
    screen.value = { at: 'opened', papers: await current().open(profile, passcode, version) };
  });
}

export function note(next: Note): void {
  const now = screen.value;
  if (now.at === 'start' || now.at === 'running' || now.at === 'peeked') screen.value = { ...now, note: next };
}

async function guarded(kind: 'look' | 'open' | 'code', work: () => Promise<void>): Promise<void> {
  if (busy.value !== null) return;
  busy.value = kind;
  const mine = redeemer;
  try {
    await work();
  } catch (error) {
    // A second link may have come meanwhile: its screen stays.
    if (mine === redeemer) failed(error);
  } finally {
    busy.value = null;
  }
}

function failed(error: unknown): void {
  if (error instanceof Refusal) {
    if (error.code === 'expired') ended('grant-expired');
    else if (error.code === 'not-yet') ended('grant-not-yet');
    else screen.value = { at: 'stopped', code: error.code };
  } else if (error instanceof Problem) {
    const end = ENDS.find((code) => code === error.code);
    if (end !== undefined) ended(end, error.number('nbf'));
    else if (error.code === 'passcode-wrong') note({ kind: 'code-wrong', left: error.number('tries_left') ?? 0 });
    else if (error.code === 'passcode-required') note({ kind: 'code-invalid' });
    else note({ kind: 'trouble', code: error.code });
  } else {
    // Not a refusal of ours: a fault in this page. It shows nothing either.
    screen.value = { at: 'stopped', code: 'page-fault' };
  }
}

function ended(end: End, from?: number): void {
  screen.value = { at: 'ended', end, from };
}
