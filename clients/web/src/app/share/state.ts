/**
 * What is being answered or prepared right now. In memory only, because a link is a secret and must stand neither in the
 * address bar nor on the shelf; gone when the wallet is locked.
 */
import { effect, signal } from '@preact/signals';
import type { Answered, Asked, Match } from '../../grant/answering.ts';
import type { Meeting } from '../../grant/desk.ts';
import { DAY, type Prepared } from '../../grant/grants.ts';
import type { Agency } from '../../grant/registry.ts';
import type { Pick } from '../../grant/selection.ts';
import type { Basis, Template } from '../../grant/texts.ts';
import { route } from '../router.ts';
import { wallet } from '../session.ts';

/** How long an office may read when the person chooses nothing else: as `mappe answer`. */
export const ANSWER_LIFE = 14 * DAY;

export type Answering = {
  readonly asked: Asked;
  readonly matches: readonly Match[];
  /** Whose papers: a person's id, null: the holder's own. */
  readonly person: string | null;
  /** Name of the asked field → the pick to show. Begins empty: nothing is ticked for the holder. */
  readonly picked: ReadonlyMap<string, Pick>;
  /** Seconds. */
  readonly life: number;
  readonly standing: boolean;
  readonly prepared: Prepared | null;
  /** Language of the text that was shown and that the grant names. */
  readonly language: string;
};

/** The link of a request that was scanned, opened or pasted. */
export const incoming = signal<string | null>(null);
export const answering = signal<Answering | null>(null);
/** After the release: the digits for the clerk. */
export const done = signal<(Answered & { readonly name: string }) | null>(null);

export type Giving = {
  /** null: whoever gets the link. */
  readonly office: Agency | null;
  /** For the person in front of the holder: null until their page was compared. */
  readonly here: boolean;
  readonly meeting: Meeting | null;
  readonly name: string;
  readonly template: Template | null;
  /** Only this paper, where sharing began at a paper. */
  readonly paper: string | null;
  readonly person: string | null;
  readonly picks: readonly Pick[];
  readonly purpose: string;
  readonly basis: Basis;
  readonly retention: string;
  readonly life: number;
  readonly opens: number;
  /** null: not chosen yet, the content decides. */
  readonly passcode: boolean | null;
  readonly standing: boolean;
  readonly prepared: Prepared | null;
  readonly language: string;
  /** The share of another place that this one takes the place of (store/moving.ts). */
  readonly anew: string | null;
};

export const giving = signal<Giving | null>(null);
/** The code of a clerk's page that was read where any code is read. */
export const scanned = signal<string | null>(null);
/** Why a page that was compared could not be given anything: said where the next one is met. */
export const lost = signal<string | null>(null);

export function change(next: Partial<Answering>): void {
  if (answering.value !== null) answering.value = { ...answering.value, ...next };
}

export function give(next: Partial<Giving>): void {
  if (giving.value !== null) giving.value = { ...giving.value, ...next };
}

export function forget(): void {
  incoming.value = null;
  answering.value = null;
  done.value = null;
  giving.value = null;
  lost.value = null;
  scanned.value = null;
}

let wasOpen = false;
effect(() => {
  const open = wallet.value !== null;
  if (wasOpen && !open) forget();
  wasOpen = open;
});

/** Screens of an answer that was never begun, or is over: back to where it begins. */
export const nothingAsked = (): boolean => answering.value === null && route.value.name.startsWith('request-');
