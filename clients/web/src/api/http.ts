/** The one way to the server. Answers are read strictly; errors carry the server's stable code. */
import { HolderError } from '../errors.ts';
import { type Bytes, concat, utf8 } from '../formats/encoding.ts';
import type { Check } from '../formats/shape.ts';
import { type DpopKey, signDpop } from '../formats/sign_in.ts';
import { type Json, type JsonObject, parseObject, writeJson } from '../formats/strict_json.ts';

/** DoS: 256 slots of at most 64 KiB, sealed and in base64url. */
const MAX_ANSWER = 32 * 1024 * 1024;
/** Also of answers that say nothing but where an upload stands. */
export const MAX_PROBLEM = 64 * 1024;

/** The server said no (RFC 9457), or nothing: `offline`, status 0, when no answer came. */
export class Problem extends HolderError {
  readonly status: number;

  constructor(status: number, code: string, members: JsonObject = {}) {
    super(code, members);
    this.name = 'Problem';
    this.status = status;
  }

  /** What the server says about trying again. */
  get retry(): string {
    return typeof this.members.retry === 'string' ? this.members.retry : this.status >= 500 ? 'later' : 'never';
  }

  number(name: string): number | undefined {
    const value = Object.hasOwn(this.members, name) ? this.members[name] : undefined;
    return typeof value === 'number' ? value : undefined;
  }
}

let ahead = 0;

/** How far the server's clock is ahead of this device's, in seconds; 0 while they agree within 5 s. */
export function clockAhead(): number {
  return Math.round(ahead / 1000);
}

/** Clocks of phones and office computers are often wrong; a DPoP proof may be off by 60 s only. */
export function serverNow(): number {
  return Math.floor((Date.now() + ahead) / 1000);
}

/**
 * Seconds. The operator writes the header, so it may correct a clock but not choose the year: what is signed with an end,
 * and what is taken only until an end (registry, request), may slip by a day and no more.
 */
export const MOST_CORRECTED = 24 * 3600;

/** The time by which ends are made and judged. */
export function judgedNow(): number {
  const corrected = Math.max(-MOST_CORRECTED, Math.min(MOST_CORRECTED, ahead / 1000));
  return Math.floor(Date.now() / 1000 + corrected);
}

/** Seconds by which that is later than the server says: nobody is accused of being late because of a clock. */
export function uncorrected(): number {
  return judgedNow() - serverNow();
}

function readClock(response: Response): void {
  const date = Date.parse(response.headers.get('date') ?? '');
  if (Number.isFinite(date) && Math.abs(date - Date.now()) > 5000) ahead = date - Date.now();
  else if (Number.isFinite(date)) ahead = 0;
}

export type Call = {
  readonly method?: string;
  readonly body?: JsonObject;
  readonly raw?: Bytes;
  readonly key?: DpopKey;
  /** A session's token: sent, and bound to the proof (RFC 9449, section 4.2, `ath`). */
  readonly token?: string;
  /** Another server than the page's own: for tests, which have no page. */
  readonly origin?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** A proof of the wrong time, on a device whose clock is wrong: the answer says what time it is. */
const WRONG_TIME = 'proof-refused';

export async function send(path: string, call: Call): Promise<Response> {
  const before = ahead;
  try {
    return await sendOnce(path, call);
  } catch (error) {
    const late = error instanceof Problem && error.code === WRONG_TIME && Math.abs(ahead - before) > 5000;
    if (call.key === undefined || !late) throw error;
    return sendOnce(path, call);
  }
}

async function sendOnce(path: string, call: Call): Promise<Response> {
  const method = call.method ?? 'POST';
  const headers: Record<string, string> = { ...call.headers };
  let body = call.raw;
  if (call.body !== undefined) {
    body = utf8(writeJson(call.body));
    headers['content-type'] = 'application/json';
  } else if (body !== undefined) {
    headers['content-type'] = 'application/octet-stream';
  }
  const { key, token, origin } = call;
  if (key !== undefined) {
    const at = `${origin ?? location.origin}${path.split('?')[0]}`;
    headers.dpop = await signDpop(key, {
      htm: method,
      htu: at,
      iat: serverNow(),
      ...(token === undefined ? {} : { accessToken: token }),
      ...(call.body === undefined || body === undefined ? {} : { body }),
    });
    if (token !== undefined) headers.authorization = `DPoP ${token}`;
  }
  let response: Response;
  try {
    response = await fetch(origin === undefined ? path : `${origin}${path}`, {
      method,
      headers,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      ...(body === undefined ? {} : { body }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  } catch {
    throw new Problem(0, 'offline');
  }
  readClock(response);
  if (!response.ok) throw await problem(response);
  return response;
}

/** ms: a phone that changes its mast loses an answer and is back at once. */
const RESEND_PAUSE = 400;

/** Once more when no answer came: only for what the server answers again as before. */
export async function resent<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 0) throw error;
    await new Promise((resolve) => setTimeout(resolve, RESEND_PAUSE));
    return work();
  }
}

async function problem(response: Response): Promise<Problem> {
  try {
    const members = parseObject(await body(response, MAX_PROBLEM), MAX_PROBLEM);
    return new Problem(response.status, typeof members.code === 'string' ? members.code : 'unknown', members);
  } catch {
    return new Problem(response.status, 'unknown');
  }
}

const tooLong = (): Error => new HolderError('bad-answer', { why: 'too-long' });

/**
 * The bytes of an answer, of which no more is taken than `most`: what follows is neither read nor kept, and what a small
 * compressed answer unpacks into counts. `beyond`: the error of an answer that is longer.
 */
export async function body(response: Response, most: number = MAX_ANSWER, beyond = tooLong): Promise<Bytes> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const pieces: Bytes[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new Problem(0, 'offline');
      });
      if (done) return concat(...pieces);
      size += value.length;
      if (size > most) throw beyond();
      pieces.push(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

export async function ask<T>(path: string, shape: Check<T>, call: Call): Promise<T> {
  return shape(parseObject(await body(await send(path, call)), MAX_ANSWER));
}

/** Opens what was asked for, whatever it holds; each caller checks the members that it reads. */
const anything = (value: Json): JsonObject => value as JsonObject;

/** One server as one principal sees it: JSON in, JSON out, a DPoP proof on every request. */
export class Server {
  readonly origin: string;
  readonly key: DpopKey | undefined;
  readonly token: string | undefined;

  constructor(origin: string = location.origin, key?: DpopKey, token?: string) {
    this.origin = origin;
    this.key = key;
    this.token = token;
  }

  withKey(key: DpopKey, token?: string): Server {
    return new Server(this.origin, key, token);
  }

  now(): number {
    return judgedNow();
  }

  get(path: string): Promise<JsonObject>;
  get<T>(path: string, shape: Check<T>): Promise<T>;
  get(path: string, shape: Check<unknown> = anything): Promise<unknown> {
    return this.json(path, shape, { method: 'GET' });
  }

  post(path: string, body?: JsonObject): Promise<JsonObject>;
  post<T>(path: string, body: JsonObject, shape: Check<T>): Promise<T>;
  post(path: string, body: JsonObject = {}, shape: Check<unknown> = anything): Promise<unknown> {
    return this.json(path, shape, { method: 'POST', body });
  }

  put(path: string, body: JsonObject): Promise<JsonObject>;
  put<T>(path: string, body: JsonObject, shape: Check<T>): Promise<T>;
  put(path: string, body: JsonObject, shape: Check<unknown> = anything): Promise<unknown> {
    return this.json(path, shape, { method: 'PUT', body });
  }

  /** Bytes after `offset`; the proof names none, as they stream. */
  append(path: string, offset: number, raw: Bytes, headers: Record<string, string> = {}): Promise<JsonObject> {
    return this.json(path, anything, {
      method: 'PATCH',
      raw,
      headers: { ...headers, 'upload-offset': String(offset) },
    });
  }

  /** A large answer, from byte `start` on and before `end`. */
  async stream(path: string, call: Call & { readonly start?: number; readonly end?: number } = {}): Promise<Response> {
    const { start = 0, end, ...rest } = call;
    const ranged = start > 0 || end !== undefined;
    const headers = ranged
      ? { ...rest.headers, range: `bytes=${start}-${end === undefined ? '' : end - 1}` }
      : rest.headers;
    const response = await send(path, { ...this.by(), ...rest, ...(headers === undefined ? {} : { headers }) });
    if (ranged && response.status !== 206) throw new HolderError('no-range');
    return response;
  }

  async text(path: string): Promise<string> {
    return new TextDecoder().decode(await body(await send(path, { ...this.by(), method: 'GET' })));
  }

  private by(): Pick<Call, 'key' | 'token' | 'origin'> {
    const { key, token, origin } = this;
    // A page speaks with its own server only (CSP connect-src), so nothing but a test ever names another one.
    const foreign = typeof location === 'undefined' || location.origin !== origin;
    return {
      ...(key === undefined ? {} : { key }),
      ...(token === undefined ? {} : { token }),
      ...(foreign ? { origin } : {}),
    };
  }

  private async json<T>(path: string, shape: Check<T>, call: Call): Promise<T> {
    const raw = await body(await send(path, { ...this.by(), ...call }));
    try {
      return shape(raw.length === 0 ? {} : parseObject(raw, MAX_ANSWER));
    } catch (error) {
      throw new HolderError('bad-answer', {}, error);
    }
  }
}
