/** A reminder as a calendar file (RFC 5545). The title says nothing about the paper: others look at calendars, too. */
import { fromUtf8, utf8 } from '../formats/encoding.ts';

export type Entry = {
  /** Stable, so that the same reminder is not entered twice. Not the paper's id. */
  readonly uid: string;
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly title: string;
  readonly note?: string;
};

/** Section 3.1: octets a line without the break. */
const LINE = 75;

/** Section 3.3.11. */
function escaped(text: string): string {
  return text
    .replace(/\\/g, '\\\\')
    .replace(/\r\n|\r|\n/g, '\\n')
    .replace(/([;,])/g, '\\$1');
}

/** Folds at octets without cutting a character in two. */
function folded(line: string): string {
  const bytes = utf8(line);
  if (bytes.length <= LINE) return line;
  const parts: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(bytes.length, from + LINE - (from === 0 ? 0 : 1));
    while (to < bytes.length && ((bytes[to] as number) & 0xc0) === 0x80) to--;
    parts.push(fromUtf8(bytes.slice(from, to)));
    from = to;
  }
  return parts.join('\r\n ');
}

const closed = (day: string) => day.replaceAll('-', '');

export function calendar(entries: readonly Entry[], stamp: Date): string {
  const now = `${stamp.toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '')}Z`;
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Mappe//Mappe//DE', 'CALSCALE:GREGORIAN'];
  for (const { uid, day, title, note } of entries) {
    lines.push(
      'BEGIN:VEVENT',
      `UID:${escaped(uid)}@mappe`,
      `DTSTAMP:${now}`,
      `DTSTART;VALUE=DATE:${closed(day)}`,
      `SUMMARY:${escaped(title)}`,
      ...(note === undefined ? [] : [`DESCRIPTION:${escaped(note)}`]),
      'TRANSP:TRANSPARENT',
      'CLASS:PRIVATE',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      `DESCRIPTION:${escaped(title)}`,
      // nine in the morning of that day
      'TRIGGER:PT9H',
      'END:VALARM',
      'END:VEVENT',
    );
  }
  lines.push('END:VCALENDAR');
  return `${lines.map(folded).join('\r\n')}\r\n`;
}
