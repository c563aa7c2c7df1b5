/**
 * What the person has set on this device: how the app looks and behaves, nothing about papers. It lies in the open on the
 * shelf, because language and lock are needed before the wallet is; the server never learns it.
 */
import { computed, effect, signal } from '@preact/signals';
import { beside as besideLanguage, LANGUAGES, type Language, language, speak, speakBeside } from '../../i18n/index.ts';
import { lead, REMIND_MONTHS } from '../../store/reminders.ts';
import type { Shelf } from '../../store/shelf.ts';
import { IDLE_MINUTES, idleMinutes } from '../session.ts';

/** Minutes without a touch. */
export const IDLE_CHOICES = [1, 5, 15] as const;
/** Months before a paper ends: three is what an office needs for a new title. */
export const REMIND_CHOICES = [1, 2, 3, 6] as const;
export const FACES = ['clock', 'blank'] as const;
export type Face = (typeof FACES)[number];

export type Settings = {
  readonly language: Language | null;
  readonly beside: Language | null;
  readonly mask: boolean;
  readonly idle: number;
  readonly remind: number;
  /** What quick hide shows. */
  readonly face: Face;
};

export const DEFAULTS: Settings = {
  language: null,
  beside: null,
  mask: false,
  idle: IDLE_MINUTES,
  remind: REMIND_MONTHS,
  face: 'clock',
};

export const settings = signal<Settings>(DEFAULTS);
/** Values are covered until tapped: because it was set so, or because a helper sits beside the holder. */
export const covered = computed(() => settings.value.mask || besideLanguage.value !== null);
let shelf: Shelf | null = null;
const BOX = 'settings';
const KEY = 'app';

const among = <T>(value: unknown, allowed: readonly T[], otherwise: T): T =>
  allowed.includes(value as T) ? (value as T) : otherwise;
const tag = (value: unknown): Language | null =>
  typeof value === 'string' && Object.hasOwn(LANGUAGES, value) ? (value as Language) : null;

/** Whatever lies there, from an older app or a damaged shelf, becomes settings that can be used. */
export function readSettings(stored: unknown): Settings {
  const from = (typeof stored === 'object' && stored !== null ? stored : {}) as Record<string, unknown>;
  return {
    language: tag(from.language),
    beside: tag(from.beside),
    mask: from.mask === true,
    idle: among<number>(from.idle, IDLE_CHOICES, DEFAULTS.idle),
    remind: among<number>(from.remind, REMIND_CHOICES, DEFAULTS.remind),
    face: among(from.face, FACES, DEFAULTS.face),
  };
}

let known = false;
/** What was set before that is known. */
let early: Partial<Settings> = {};

/** Called once at the start. A shelf that does not open leaves the defaults: the app works, it only forgets. */
export async function startSettings(on: Shelf, spoken: Promise<void>): Promise<void> {
  shelf = on;
  const asked = on.get(BOX, KEY).catch(() => undefined);
  await spoken;
  const stored = readSettings(await asked);
  settings.value = { ...stored, ...early };
  known = true;
  if (Object.keys(early).length > 0) void keep().catch(() => undefined);
  effect(() => {
    idleMinutes.value = settings.value.idle;
    lead.value = settings.value.remind;
  });
  const { language: first, beside } = settings.value;
  // Texts that cannot be fetched now leave the language that is there.
  if (first !== null && first !== language.value) await speak(first).catch(() => undefined);
  if (beside !== null) await speakBeside(beside).catch(() => undefined);
}

/** Before the settings are known nothing is written: it would be written over them. */
async function keep(): Promise<void> {
  if (known) await shelf?.put(BOX, KEY, settings.value);
}

export async function set(next: Partial<Settings>): Promise<void> {
  if (!known) early = { ...early, ...next };
  settings.value = { ...settings.value, ...next };
  if (next.language !== undefined && next.language !== null) await speak(next.language);
  if (next.beside !== undefined) await speakBeside(next.beside);
  await keep();
}
