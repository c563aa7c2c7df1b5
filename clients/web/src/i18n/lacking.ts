/** Words for lengths of time in the languages that browsers have no data for (drafts, like all texts in them). */

export type Unit = 'day' | 'week' | 'month' | 'year';

/** One, more than one. */
const WORDS: Readonly<Record<string, Readonly<Record<Unit, readonly [string, string]>>>> = {
  ps: { day: ['ورځ', 'ورځې'], week: ['اونۍ', 'اونۍ'], month: ['میاشت', 'میاشتې'], year: ['کال', 'کاله'] },
  kmr: { day: ['roj', 'roj'], week: ['hefte', 'hefte'], month: ['meh', 'meh'], year: ['sal', 'sal'] },
  ti: { day: ['መዓልቲ', 'መዓልታት'], week: ['ሰሙን', 'ሰሙናት'], month: ['ወርሒ', 'ኣዋርሕ'], year: ['ዓመት', 'ዓመታት'] },
  so: {
    day: ['maalin', 'maalmood'],
    week: ['toddobaad', 'toddobaad'],
    month: ['bil', 'bilood'],
    year: ['sano', 'sano'],
  },
};

/** `tag` is what `locale` gave, `de-x-` and the language; null where Intl has its own words. */
export function lacking(tag: string, unit: Unit, n: number): string | null {
  const words = tag.startsWith('de-x-') ? WORDS[tag.slice('de-x-'.length)] : undefined;
  return words === undefined ? null : `${n} ${words[unit][n === 1 ? 0 : 1]}`;
}
