/**
 * When an answer is due: one month after receipt (Art. 12(3) GDPR), reckoned as Regulation (EEC, Euratom) No 1182/71 says:
 * Art. 3(2)(c): the same date of the next month, or its last day where that date does not occur; Art. 3(4): where that is
 * a Saturday, a Sunday or a public holiday, the next working day. Public holidays differ by Land and are left out: the
 * real end is then a day later, never earlier.
 */
export function deadlineAfter(received: string): string {
  const [year = 0, month = 1, day = 1] = received.split('-').map(Number);
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const due = new Date(Date.UTC(year, month, Math.min(day, last)));
  while (due.getUTCDay() === 0 || due.getUTCDay() === 6) due.setUTCDate(due.getUTCDate() + 1);
  return due.toISOString().slice(0, 10);
}
