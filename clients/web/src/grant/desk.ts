/**
 * Giving something to whoever sits in front of the holder, at a page without enrolment (desk.md).
 *
 *     meetDesk → the person compares the digits → prepare (with `secret`) → giveAtDesk
 *
 * Nothing is sealed before the comparison. Twin of mappe.holder.desk.
 */
import { Problem, resent } from '../api/http.ts';
import { pause } from '../api/pause.ts';
import { keep } from '../audit/promises.ts';
import { HolderError, ServerLied } from '../errors.ts';
import {
  type Comparison,
  commitTo,
  type DeskCode,
  deskCode,
  deskDigits,
  deskId,
  newOpening,
  readDeskLink,
  readDeskNumber,
  sealDesk,
} from '../formats/desk.ts';
import { type Bytes, b64u, random, unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { locate } from '../formats/grant.ts';
import { hash, nullable, open, time } from '../formats/shape.ts';
import type { Vault } from '../store/vault.ts';
import { end, type Prepared, release, toAnybody } from './grants.ts';
import { signerOf } from './seal.ts';

/** ms between two questions whether the page has answered. */
const EVERY = 1000;
/** A page that shows its code answers within seconds; else its tab is closed. */
const ANSWER_SECONDS = 60;
/** Seconds that the share lasts: the page opens it at once. */
export const DESK_LIFE = 3600;
/** What stands for the recipient where the person has written no name; the clerk reads it, so it is German. */
export const DESK_NAME = 'Schalter ohne Anmeldung';

/** Both sides have spoken; nothing was sealed yet. `secret`: S of the grant to come, for this page alone. */
export type Meeting = {
  readonly compared: Comparison;
  readonly digits: string;
  readonly secret: Bytes;
  readonly path: string;
};

const foundShape = open({ public: hash, device: hash });
const metShape = open({ nonce: nullable(hash), exp: time });

/**
 * Meets the page whose code was scanned, or whose eight digits were typed. HolderError `not-a-desk`, `wrong-number`,
 * `other-origin`, `desk-silent`, `desk-over`, `desk-taken`; what `signal` says when it ends.
 */
export async function meetDesk(vault: Vault, shown: string, signal: AbortSignal): Promise<Meeting> {
  const code = await codeOf(vault, shown);
  const secret = random(32);
  const { thumbprint } = await signerOf(vault.identity.sign, await locate(secret), toAnybody());
  const opening = newOpening(b64u(thumbprint));
  const path = `/v1/desks/${b64u(await deskId(code))}`;
  const commit = await commitTo(opening);
  const say = (opened: object) => resent(() => vault.server.post(`${path}/meet`, { commit, ...opened }, metShape));
  let nonce: string | null = null;
  for (let waited = 0; nonce === null; waited += EVERY / 1000) {
    signal.throwIfAborted();
    nonce = (await say({})).nonce;
    if (nonce !== null) break;
    if (waited >= ANSWER_SECONDS) throw new HolderError('desk-silent');
    await pause(EVERY, signal);
  }
  // Only now: whoever relays has fixed the page's part before it learns ours.
  const answer = await say({ opening });
  if (answer.nonce !== nonce) throw new ServerLied('server-lied', { why: 'two answers of one page' });
  const compared = { code, nonce: nonce as string, opening };
  return { compared, digits: await deskDigits(compared), secret, path };
}

/**
 * Publishes the grant, then lets the box wait for the page. Where that fails the grant is ended again, so that nothing
 * stays open that nobody knows of. HolderError `desk-over`, `desk-taken`, `offline`.
 */
export async function giveAtDesk(vault: Vault, meeting: Meeting, prepared: Prepared): Promise<void> {
  if (prepared.secret !== b64u(meeting.secret)) throw new HolderError('other-desk');
  await release(vault, prepared);
  const body = { grant: prepared.grant, box: await sealDesk(meeting.compared, meeting.secret) };
  try {
    const answer = await resent(() => vault.server.post(`${meeting.path}/give`, body));
    // A promise for what went to another page would leave this one out of the log.
    const told = { grant: prepared.grant, detail: { desk: meeting.path.split('/').at(-1) as string } };
    await keep(vault, answer, told, 'desk-given');
  } catch (error) {
    if (error instanceof Problem) await end(vault, [prepared.grant]);
    throw error;
  }
}

async function codeOf(vault: Vault, shown: string): Promise<DeskCode> {
  if (!shown.includes('#')) return found(vault, numberOf(shown));
  try {
    const { origin, code } = readDeskLink(shown);
    if (origin !== vault.server.origin) throw new HolderError('other-origin', { origin });
    return code;
  } catch (error) {
    throw error instanceof Refusal ? new HolderError('not-a-desk', {}, error) : error;
  }
}

function numberOf(typed: string): string {
  try {
    return readDeskNumber(typed);
  } catch (error) {
    const slip = error instanceof Refusal && error.code === 'wrong-number';
    throw new HolderError(slip ? 'wrong-number' : 'not-a-desk', {}, error);
  }
}

async function found(vault: Vault, number: string): Promise<DeskCode> {
  const answer = await vault.server.post('/v1/desks/find', { number }, foundShape);
  try {
    return deskCode(unb64u(answer.public, 32), unb64u(answer.device, 32));
  } catch (error) {
    throw new ServerLied('server-lied', { why: 'a page that cannot be' }, error);
  }
}
