/**
 * An agency's read in the log contains the agency's own signed request (log.md, "Event"): an operator cannot make one up.
 * Which keys are the agency's says the registry; one that was taken out of it since proves nothing any more.
 */
import type { LogEvent } from '../formats/log.ts';
import type { Registry } from '../formats/registry.ts';
import { readDpop } from '../formats/sign_in.ts';

/** Seconds: what a server lets a caller's clock be wrong, and the time that the act took. */
const CLOCK_SECONDS = 300;

/** Whether the office with this id made this request to this grant; null: it is nothing that an office signs. */
export async function provenByOffice(
  event: LogEvent,
  agency: string | null,
  registry: Registry,
  origin: string,
): Promise<boolean | null> {
  if (event.actor.type !== 'agency' || event.grant === undefined) return null;
  const office = registry.agencies.find((one) => one.id === (agency ?? event.actor.id));
  if (office === undefined || event.proof === undefined) return false;
  try {
    const { payload, jkt } = await readDpop(event.proof);
    return (
      office.keys.some((key) => key.use === 'login' && key.kid === jkt) &&
      payload.htm === 'POST' &&
      payload.htu.startsWith(`${origin}/v1/grants/${event.grant}/`) &&
      Math.abs(payload.iat - event.time) <= CLOCK_SECONDS
    );
  } catch {
    return false;
  }
}
