/** Peek, open, fetch: the recipient's three calls and the checks between them. No user interface here. */
import { ask, body, Problem, send, serverNow } from '../api/http.ts';
import { stretch } from '../crypto/stretch.ts';
import { type Attachment, Opener, storedSize } from '../formats/attachment.ts';
import { checkSigner, type Opening } from '../formats/desk.ts';
import { type Bytes, EMPTY, newId, unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import {
  checkPeek,
  type Locator,
  locate,
  type Opened,
  openGrant,
  type Policy,
  passcodeProof,
  type Seen,
  stretchPasscode,
  type Terms,
} from '../formats/grant.ts';
import { id, integer, open, record, text, time } from '../formats/shape.ts';
import { esDpopKey, generateDpopPair } from '../formats/sign_in.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import * as leases from './lease.ts';

export const LEASE_SECONDS = 600;
/** One request's worth of a file: progress for the reader, and each request asks anew whether it is still shared. */
const PIECE = 4 * 1024 * 1024;

const peekAnswer = open({ policy: text, terms: text, record: text, version: integer(1) });
const openAnswer = open({
  policy: text,
  terms: text,
  keybox: text,
  record: text,
  version: integer(1),
  slots: record(id, text),
  lease: open({ id, until: time }),
  event: text,
  promise: text,
});

export type Peek = { readonly policy: Policy; readonly terms: Terms; readonly version: number };
export type Receipt = { readonly event: string; readonly promise: string };
export type Papers = Opened & {
  readonly until: number;
  readonly changed: boolean;
  readonly receipt: Receipt;
  /** As sent: a third person can check the signature. */
  readonly signed: { readonly policy: string; readonly record: string };
};

/** One link in one tab. */
export class Redeemer {
  private readonly locator: Locator;
  private seen: Seen | undefined;
  /** The passcode's part of the key, so that "changed, fetch again" does not ask for the digits twice. */
  private stretched: { readonly a: Bytes; readonly proof: string | null } | undefined;

  /** Of a link that came over a desk (desk.md): the page's own key, and whose signature was compared. */
  private desk: { readonly keys: CryptoKeyPair; readonly opening: Opening } | null = null;

  private constructor(locator: Locator) {
    this.locator = locator;
  }

  static async from(fragment: string): Promise<Redeemer> {
    return new Redeemer(await locate(unb64u(fragment, 32)));
  }

  static async atDesk(locator: Bytes, keys: CryptoKeyPair, opening: Opening): Promise<Redeemer> {
    const made = new Redeemer(await locate(locator));
    made.desk = { keys, opening };
    return made;
  }

  /** Anybody can seal to a desk's key: what is read must be signed by the phone that was compared. */
  private check(terms: Terms): void {
    if (this.desk !== null) checkSigner(this.desk.opening, terms.signer);
  }

  get grant(): string {
    return this.locator.grant;
  }

  private path(rest: string): string {
    return `/v1/grants/${this.locator.grant}/${rest}`;
  }

  /** An open that is still running in this browser: looking would only spend a look. */
  async running(): Promise<leases.Lease | null> {
    await leases.forgetOld(serverNow());
    const lease = await leases.find(this.locator.grant, serverNow());
    this.seen = lease?.seen ?? this.seen;
    return lease;
  }

  async peek(): Promise<Peek> {
    const answer = await ask(this.path('peek'), peekAnswer, { body: { auth: this.locator.auth } });
    const { policy, terms, record } = await checkPeek(this.locator, answer, serverNow());
    this.check(terms);
    return { policy, terms, version: record.version };
  }

  /** `passcode` null: none is needed, or the last one again. */
  async open(profile: string | null, passcode: string | null, version?: number): Promise<Papers> {
    if (passcode !== null || this.stretched === undefined) {
      const a = await stretchPasscode(this.locator, profile, passcode, stretch);
      this.stretched = { a, proof: profile === null ? null : await passcodeProof(this.locator, a) };
    }
    const lease = await this.lease(profile);
    try {
      return await this.openOnce(lease, version, false);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'grant-changed') throw error;
      return this.openOnce(lease, undefined, true);
    }
  }

  /** Kept before the first request: an answer lost on the way must not cost a second open. */
  private async lease(profile: string | null): Promise<leases.Lease> {
    const running = await this.running();
    if (running !== null) return running;
    const until = serverNow() + LEASE_SECONDS;
    const keys = this.desk?.keys ?? (await generateDpopPair());
    const lease = { grant: this.locator.grant, id: newId(), keys, until, passcode: profile };
    await leases.keep(lease);
    return lease;
  }

  private async openOnce(lease: leases.Lease, version: number | undefined, changed: boolean): Promise<Papers> {
    const { a = EMPTY, proof = null } = this.stretched ?? {};
    const request: JsonObject = { auth: this.locator.auth, lease: lease.id };
    if (proof !== null) request.proof = proof;
    if (version !== undefined) request.version = version;
    const key = await esDpopKey(lease.keys);
    const answer = await ask(this.path('open'), openAnswer, { body: request, key });
    if (answer.lease.id !== lease.id) throw new Refusal('record-mismatch', 'lease');
    const bearer = { kind: 'bearer', stretched: a } as const;
    const opened = await openGrant(this.locator, answer, bearer, serverNow(), this.seen);
    this.check(opened.terms);
    if (opened.slots.size !== opened.policy.slots.length) throw new Refusal('record-mismatch', 'slots are missing');
    this.seen = opened.seen;
    const until = Math.min(answer.lease.until, serverNow() + LEASE_SECONDS);
    await leases.keep({ ...lease, until, seen: opened.seen });
    const { event, promise, policy, record } = answer;
    return { ...opened, until, changed, receipt: { event, promise }, signed: { policy, record } };
  }

  fetcher(slot: string, attachment: Attachment): FileFetch {
    return new FileFetch(this.path(`files/${attachment.ref}`), this.locator, slot, attachment);
  }
}

/** One file. After a broken connection `run` goes on where it stopped; what was checked stays checked. */
export class FileFetch {
  private readonly path: string;
  private readonly locator: Locator;
  private readonly slot: string;
  private readonly attachment: Attachment;
  private readonly opener: Opener;
  private readonly parts: Bytes[] = [];
  private offset = 0;
  private readonly total: number;

  constructor(path: string, locator: Locator, slot: string, attachment: Attachment) {
    this.path = path;
    this.locator = locator;
    this.slot = slot;
    this.attachment = attachment;
    this.opener = new Opener(attachment);
    this.total = storedSize(attachment.size, attachment.chunk);
  }

  async run(progress: (share: number) => void): Promise<Bytes[]> {
    const lease = await leases.find(this.locator.grant, serverNow());
    if (lease === null) throw new Problem(403, 'lease-ended');
    const key = await esDpopKey(lease.keys);
    while (this.offset < this.total) {
      const to = Math.min(this.total, this.offset + PIECE);
      const whole = this.offset === 0 && to === this.total;
      const response = await send(this.path, {
        body: { auth: this.locator.auth, lease: lease.id, slot: this.slot },
        key,
        headers: whole ? {} : { range: `bytes=${this.offset}-${to - 1}` },
      });
      const piece = await body(response, to - this.offset, () => new Refusal('trailing-data'));
      if (!whole && response.status !== 206) throw new Refusal('trailing-data');
      if (piece.length < to - this.offset) throw new Refusal('truncated');
      this.parts.push(...(await this.opener.push(piece)));
      this.offset = to;
      progress(this.offset / this.total);
    }
    await this.opener.end();
    return this.parts;
  }

  get name(): string {
    return this.attachment.name;
  }
}
