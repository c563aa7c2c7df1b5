/**
 * What the list of devices calls this one: one of four words that the program chooses (api.md, `label`), never anything that
 * a person typed. A holder must know "the phone" from "the computer" to lock the right one out.
 */
export function deviceLabel(agent: string = globalThis.navigator?.userAgent ?? ''): string {
  if (/iPad|Tablet|Android(?!.*Mobile)/.test(agent)) return 'tablet';
  if (/Mobi|iPhone|Android/.test(agent)) return 'phone';
  return /Windows|Macintosh|X11|Linux|CrOS/.test(agent) ? 'computer' : 'device';
}
