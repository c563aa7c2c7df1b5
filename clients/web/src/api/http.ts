/** The one way to the server. Answers are read strictly; errors carry the server's stable code. */
import { type Bytes, utf8 } from '../formats/encoding.ts';
import type { Check } from '../formats/shape.ts';
import { type DpopKey, signDpop } from '../formats/sign_in.ts';
import { type JsonObject, parseObject, writeJson } from '../formats/strict_json.ts';

/** DoS: 256 slots of at most 64 KiB, sealed and in base64url. */
const MAX_ANSWER = 32 * 1024 * 1024;
const MAX_PROBLEM = 64 * 1024;

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly members: JsonObject;

  constructor(status: number, code: string, members: JsonObject = {}) {
    super(code);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.members = members;
  }

  number(name: string): number | undefined {
    const value = Object.hasOwn(this.members, name) ? this.members[name] : undefined;
    return typeof value === 'number' ? value : undefined;
  }
}

let ahead = 0;

/** Clocks of phones and office computers are often wrong; a DPoP proof may be off by 60 s only. */
export function serverNow(): number {
  return Math.floor((Date.now() + ahead) / 1000);
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
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

export async function send(path: string, call: Call): Promise<Response> {
  const method = call.method ?? 'POST';
  const headers: Record<string, string> = { ...call.headers };
  let body = call.raw;
  if (call.body !== undefined) {
    body = utf8(writeJson(call.body));
    headers['content-type'] = 'application/json';
  } else if (body !== undefined) {
    headers['content-type'] = 'application/octet-stream';
  }
  if (call.key !== undefined) {
    const proof = { htm: method, htu: `${location.origin}${path}`, iat: serverNow() };
    headers.dpop = await signDpop(call.key, call.body === undefined || body === undefined ? proof : { ...proof, body });
  }
  let response: Response;
  try {
    response = await fetch(path, {
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

async function problem(response: Response): Promise<Problem> {
  try {
    const members = parseObject(new Uint8Array(await response.arrayBuffer()), MAX_PROBLEM);
    return new Problem(response.status, typeof members.code === 'string' ? members.code : 'unknown', members);
  } catch {
    return new Problem(response.status, 'unknown');
  }
}

export async function body(response: Response): Promise<Bytes> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw new Problem(0, 'offline');
  }
}

export async function ask<T>(path: string, shape: Check<T>, call: Call): Promise<T> {
  return shape(parseObject(await body(await send(path, call)), MAX_ANSWER));
}
