/**
 * A clerk's page without enrolment (desk.md): shows its code, compares six digits, takes what comes. Everything is in this
 * tab's memory and for this one hand-over. Twin of mappe.recipient.desk.
 */
import { Server } from '../api/http.ts';
import { x25519Public } from '../crypto/primitives.ts';
import {
  type Comparison,
  checkOpening,
  type DeskCode,
  deskDigits,
  deskId,
  deskLink,
  openDesk,
  readDeskNumber,
} from '../formats/desk.ts';
import { type Bytes, b64u, random } from '../formats/encoding.ts';
import { refuse } from '../formats/errors.ts';
import { bool, closed, hash, nullable, open, text, time } from '../formats/shape.ts';
import { esDpopKey, generateDpopPair, jwkThumbprint } from '../formats/sign_in.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import { Redeemer } from './redeem.ts';

const begunShape = open({ number: text, exp: time });
const heardShape = open({
  commit: nullable(hash),
  opening: nullable(closed({ signer: hash, nonce: hash })),
  given: bool,
  exp: time,
});
const boxShape = open({ box: text });
type Heard = ReturnType<typeof heardShape>;

export class Desk {
  readonly url: string;
  readonly number: string;
  /** When the code ends, in seconds. */
  readonly until: number;
  private readonly server: Server;
  private readonly keys: CryptoKeyPair;
  private readonly secret: Bytes;
  private readonly code: DeskCode;
  private readonly path: string;
  private readonly nonce = b64u(random(32));
  private commit: string | null = null;
  private compared: Comparison | null = null;

  private constructor(made: {
    server: Server;
    keys: CryptoKeyPair;
    secret: Bytes;
    code: DeskCode;
    id: string;
    number: string;
    until: number;
  }) {
    this.server = made.server;
    this.keys = made.keys;
    this.secret = made.secret;
    this.code = made.code;
    this.path = `/v1/desks/${made.id}`;
    this.url = deskLink(made.server.origin, made.code);
    this.number = made.number;
    this.until = made.until;
  }

  /** Two fresh keys; the server draws the number. Problem `desks-busy`. */
  static async begin(): Promise<Desk> {
    const keys = await generateDpopPair();
    const key = await esDpopKey(keys);
    const secret = random(32);
    const code = { publicKey: await x25519Public(secret), jkt: await jwkThumbprint(key.jwk) };
    const server = new Server(undefined, key);
    const { number, exp } = await server.post('/v1/desks', { public: b64u(code.publicKey) }, begunShape);
    const id = b64u(await deskId(code));
    return new Desk({ server, keys, secret, code, id, number: readDeskNumber(number), until: exp });
  }

  /** One step; the digits once both sides have spoken. Refusal `wrong-opening`, `server-lied`; Problem `desk-over`. */
  async listen(): Promise<string | null> {
    let heard = await this.hear({});
    // The nonce goes out only after there is a commitment, and for the first one alone.
    if (this.commit !== null && this.compared === null) heard = await this.hear({ nonce: this.nonce });
    if (this.compared === null && this.commit !== null && heard.opening !== null) {
      await checkOpening(this.commit, heard.opening);
      this.compared = { code: this.code, nonce: this.nonce, opening: heard.opening };
    }
    return this.compared === null ? null : deskDigits(this.compared);
  }

  private async hear(body: JsonObject): Promise<Heard> {
    const heard = await this.server.post(`${this.path}/wait`, body, heardShape);
    this.commit ??= heard.commit;
    if (heard.commit !== this.commit) refuse('server-lied', 'two phones claim this page');
    return heard;
  }

  /** What was given, once; null while nothing was. The clerk has compared the digits. */
  async collect(): Promise<Redeemer | null> {
    if (this.compared === null) throw new Error('not compared');
    if (!(await this.hear({})).given) return null;
    const { box } = await this.server.post(`${this.path}/collect`, {}, boxShape);
    const { opening } = this.compared;
    const locator = await openDesk(this.secret, this.code.jkt, this.compared, box);
    return Redeemer.atDesk(locator, this.keys, opening);
  }
}
