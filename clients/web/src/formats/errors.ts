/** What a reader says when it stops. The codes are the spec's; they are part of the public contract. */
export type RefusalCode =
  | 'malformed'
  | 'too-large'
  | 'header-mismatch'
  | 'undecryptable'
  | 'bad-signature'
  | 'unsupported-suite'
  | 'kdf-refused'
  | 'wrong-key'
  | 'server-lied'
  | 'bad-block'
  | 'chain-invalid'
  | 'stale-head'
  | 'sign-in-refused'
  | 'rolled-back'
  | 'forked'
  | 'dpop-mismatch'
  | 'dpop-stale'
  | 'truncated'
  | 'trailing-data'
  | 'hash-mismatch'
  | 'record-mismatch'
  | 'wrong-grant'
  | 'wrong-recipient'
  | 'wrong-record-key'
  | 'not-yet'
  | 'expired'
  | 'terms-mismatch'
  | 'two-faced'
  | 'log-broken'
  | 'unlogged'
  | 'over-asking'
  | 'wrong-request'
  | 'wrong-audience'
  | 'unknown-agency'
  | 'mark-mismatch'
  | 'already-answered'
  | 'wrong-number'
  | 'wrong-opening';

export class Refusal extends Error {
  readonly code: RefusalCode;
  /** Where it happened: a slot id, a block's number. Never a secret. */
  readonly at: string | number | undefined;

  constructor(code: RefusalCode, detail = '', at?: string | number) {
    super(detail === '' ? code : `${code}: ${detail}`);
    this.name = 'Refusal';
    this.code = code;
    this.at = at;
  }
}

export function refuse(code: RefusalCode, detail = '', at?: string | number): never {
  throw new Refusal(code, detail, at);
}
