/** Partial dates (fields.md): a year stays a year. Comparison is over the whole span, and may be "not certain". */

export type PartialDate = { readonly year: number; readonly month?: number; readonly day?: number };

const SHAPE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

export function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** null: no date of the calendar. */
export function readDate(text: string): PartialDate | null {
  const found = SHAPE.exec(text);
  if (found === null) return null;
  const year = Number(found[1]);
  if (year === 0) return null;
  if (found[2] === undefined) return { year };
  const month = Number(found[2]);
  if (month < 1 || month > 12) return null;
  if (found[3] === undefined) return { year, month };
  const day = Number(found[3]);
  return day < 1 || day > daysOfMonth(year, month) ? null : { year, month, day };
}

const two = (n: number) => String(n).padStart(2, '0');

export function writeDate({ year, month, day }: PartialDate): string {
  const start = String(year).padStart(4, '0');
  if (month === undefined) return start;
  return day === undefined ? `${start}-${two(month)}` : `${start}-${two(month)}-${two(day)}`;
}

export function isFull(text: string): boolean {
  return readDate(text)?.day !== undefined;
}

/** First and last day that the date may mean, as `YYYY-MM-DD`. */
export function span(text: string): readonly [string, string] | null {
  const date = readDate(text);
  if (date === null) return null;
  const { year, month, day } = date;
  const last = month ?? 12;
  return [
    writeDate({ year, month: month ?? 1, day: day ?? 1 }),
    writeDate({ year, month: last, day: day ?? daysOfMonth(year, last) }),
  ];
}

/** true, false, or null where a partial date leaves it open. */
export function before(a: string, b: string): boolean | null {
  const [left, right] = [span(a), span(b)];
  if (left === null || right === null) return null;
  if (left[1] < right[0]) return true;
  if (left[0] >= right[1]) return false;
  return null;
}

/** Numbers of days since 1970 carry no time zone. */
export function dayNumber(full: string): number {
  const [year, month, day] = full.split('-').map(Number) as [number, number, number];
  return Math.floor(Date.UTC(year, month - 1, day) / 86_400_000);
}

export function fromDayNumber(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** Calendar months; the 31st becomes the last day of a shorter month. */
export function addMonths(full: string, months: number): string {
  const [year, month, day] = full.split('-').map(Number) as [number, number, number];
  const total = year * 12 + (month - 1) + months;
  const target = { year: Math.floor(total / 12), month: (total % 12) + 1 };
  return writeDate({ ...target, day: Math.min(day, daysOfMonth(target.year, target.month)) });
}

export function today(now: Date = new Date()): string {
  return writeDate({ year: now.getFullYear(), month: now.getMonth() + 1, day: now.getDate() });
}

/** The day of the 18th birthday; null where the birthdate is not known to the day. */
export function adultOn(birthdate: string): string | null {
  return isFull(birthdate) ? addMonths(birthdate, 18 * 12) : null;
}

const EASTERN = /[٠-٩۰-۹]/g;

/** Arabic and Persian digits as a phone keyboard types them. */
export function plainDigits(text: string): string {
  return text.replace(EASTERN, (digit) => String(digit.charCodeAt(0) & 15));
}

/** What people type: 5.3.1990, 05/03/1990, 3.1990, 1990, 1990-03-05. null: not a date; the text stays as it was typed. */
export function typedDate(text: string): string | null {
  const plain = plainDigits(text.trim());
  if (readDate(plain) !== null) return plain;
  const found = /^(?:(?:(\d{1,2})\s*[./-]\s*)?(\d{1,2})\s*[./-]\s*)?(\d{4})$/.exec(plain);
  if (found === null) return null;
  const parts = [found[3] as string];
  if (found[2] !== undefined) parts.push(found[2].padStart(2, '0'));
  if (found[1] !== undefined) parts.push(found[1].padStart(2, '0'));
  const written = parts.join('-');
  return readDate(written) === null ? null : written;
}
