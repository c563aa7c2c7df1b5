/** Files that leave the app for the phone's own folder: only when somebody taps. */
import { sha256 } from '../../crypto/primitives.ts';
import { b64u, utf8 } from '../../formats/encoding.ts';
import { t } from '../../i18n/index.ts';
import { calendar, type Entry } from '../../store/calendar.ts';
import { today } from '../../store/dates.ts';
import { remindOn } from '../../store/reminders.ts';
import type { Item } from '../../store/vault.ts';
import { titleOf } from './common.tsx';

/** Milliseconds: browsers read the address of a download a moment after the click. */
const REVOKE_AFTER = 60_000;

export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER);
}

/** The calendar is read by others: the title is neutral unless the person wants the paper's name in it. */
export async function saveCalendar(items: readonly Item[], named: boolean): Promise<void> {
  const entries: Entry[] = [];
  for (const item of items) {
    const day = remindOn(item.payload, today());
    if (day === null) continue;
    const uid = b64u((await sha256(utf8(`mappe-reminder ${item.id}`))).slice(0, 12));
    entries.push({
      uid,
      day,
      title: named ? t('papers.calendar.title', { title: titleOf(item.payload) }) : t('papers.calendar.neutral'),
    });
  }
  saveFile(new Blob([calendar(entries, new Date())], { type: 'text/calendar' }), 'mappe.ics');
}
