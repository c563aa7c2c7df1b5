/** Days and numbers as a person reads them. */
import { dated, locale } from '../../i18n/index.ts';

export function dayOf(seconds: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: dated('long') }).format(seconds * 1000);
}

/** Narrow: two of them beside a name on the smallest screen. */
export function shortDay(seconds: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(seconds * 1000);
}

export function numberOf(n: number): string {
  return new Intl.NumberFormat(locale()).format(n);
}

/** `29:05`, always left to right: a countdown. */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

const GROUP = 4;

/** 24 digits as they are written down: six groups of four. */
export function groups(digits: string, size = GROUP): string[] {
  return digits.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
}
