/** What offices say about a value, judged against the registry (mark.md): only what holds is shown as their word. */
import { Refusal } from '../formats/errors.ts';
import { marksIn, type Says, unverified, verifyMark } from '../formats/mark.ts';
import type { Registry } from '../formats/registry.ts';
import type { Json } from '../formats/strict_json.ts';

/** `unchecked`: there is no registry to check it against; `broken`: it does not hold for this value, or no longer. */
export type Judged =
  | { readonly state: 'holds'; readonly says: Says; readonly name: string; readonly time: number }
  | { readonly state: 'unchecked' | 'broken' };

export async function judge(
  on: { readonly field: string; readonly value: Json; readonly evidence: readonly Json[] },
  registry: Registry | null,
  now: number,
): Promise<Judged[]> {
  const found: Judged[] = [];
  for (const one of marksIn(on.evidence)) {
    try {
      if (registry === null) {
        unverified(one.token);
        found.push({ state: 'unchecked' });
        continue;
      }
      const { mark, agency } = await verifyMark(one, registry, on, now);
      found.push({ state: 'holds', says: mark.says, name: agency.name, time: mark.time });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      found.push({ state: 'broken' });
    }
  }
  return found;
}
