/** Which screen of the desk there is: code → digits → waiting → what was given (state.ts from there on). */
import { signal } from '@preact/signals';
import { Problem, serverNow } from '../api/http.ts';
import { Refusal } from '../formats/errors.ts';
import { Desk } from './desk.ts';
import { adopt } from './state.ts';

/** ms between two questions; also after an answer that did not come. */
const EVERY = 1500;

export type DeskScreen =
  /** A phone's own camera app has opened this page with the code of another one. */
  | { readonly at: 'phone' }
  | { readonly at: 'starting' }
  | { readonly at: 'code'; readonly url: string; readonly number: string; readonly until: number }
  | { readonly at: 'compare'; readonly digits: string }
  | { readonly at: 'waiting' }
  | { readonly at: 'given' }
  | { readonly at: 'differs' | 'over' | 'busy' | 'trouble' }
  | { readonly at: 'stopped'; readonly code: string };

export const desk = signal<DeskScreen>({ at: 'starting' });
/** The last question had no answer: it is asked again, and said. */
export const offline = signal(false);

let current: Desk | null = null;

/** Also "begin anew": with fresh keys, a fresh number, and nothing of the one before. */
export async function begin(): Promise<void> {
  current = null;
  desk.value = { at: 'starting' };
  offline.value = false;
  try {
    const mine = await Desk.begin();
    current = mine;
    desk.value = { at: 'code', url: mine.url, number: mine.number, until: mine.until };
    void follow(mine);
  } catch (error) {
    failed(error);
  }
}

/** The clerk has compared: without this nothing is fetched. */
export function same(): void {
  if (desk.value.at === 'compare') desk.value = { at: 'waiting' };
}

export function differ(): void {
  current = null;
  desk.value = { at: 'differs' };
}

async function follow(mine: Desk): Promise<void> {
  while (current === mine) {
    try {
      await step(mine);
      offline.value = false;
    } catch (error) {
      if (current !== mine) return;
      const patience = error instanceof Problem && (error.status === 0 || error.status >= 500);
      if (!patience) return failed(error);
      offline.value = true;
    }
    if (current === mine && serverNow() >= mine.until) return ended({ at: 'over' });
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}

async function step(mine: Desk): Promise<void> {
  if (desk.value.at === 'code') {
    const digits = await mine.listen();
    if (digits !== null && current === mine) desk.value = { at: 'compare', digits };
  } else if (desk.value.at === 'waiting') {
    const given = await mine.collect();
    if (given === null || current !== mine) return;
    ended({ at: 'given' });
    await adopt(given);
  }
}

function failed(error: unknown): void {
  if (error instanceof Refusal) ended({ at: 'stopped', code: error.code });
  else if (!(error instanceof Problem)) ended({ at: 'stopped', code: 'page-fault' });
  else if (error.code === 'desk-over') ended({ at: 'over' });
  else ended({ at: error.code === 'desks-busy' ? 'busy' : 'trouble' });
}

function ended(next: DeskScreen): void {
  current = null;
  desk.value = next;
}
