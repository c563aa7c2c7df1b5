/**
 * What the holder's modules tell the screens. Three things must never blur: the server said no (`Problem`, api/http.ts),
 * the server lied (`ServerLied`: stop, send nothing, show it), and the person asked for something impossible. The codes
 * are those of the Python client; a screen has a sentence and a next step for each.
 */

export type Members = Readonly<Record<string, unknown>>;

export class HolderError extends Error {
  readonly code: string;
  readonly members: Members;

  constructor(code: string, members: Members = {}, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause });
    this.name = 'HolderError';
    this.code = code;
    this.members = members;
  }
}

/** The answer contradicts what this device knows or what the holder signed. Nothing was sent afterwards. */
export class ServerLied extends HolderError {
  constructor(code = 'server-lied', members: Members = {}, cause?: unknown) {
    super(code, members, cause);
    this.name = 'ServerLied';
  }
}

export function notBuilt(): never {
  throw new HolderError('not-built');
}
