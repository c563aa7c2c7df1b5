/** Requests and answers (request.md). */
import { openBox, sealBox } from './box.ts';
import { derive, digest } from './derive.ts';
import { ascii, type Bytes, b64u, concat, EMPTY, fromAscii, readDigits, unb64u } from './encoding.ts';
import { refuse } from './errors.ts';
import { openJwe, sealJwe } from './jwe.ts';
import { signJws, verifyKid } from './jws.ts';
import { padded, unpad } from './padding.ts';
import { type Agency, activeKeys, type Registry } from './registry.ts';
import { type SealPrivate, sealPublic, sealThumbprint } from './seal_keys.ts';
import { bool, bytes, closed, id, just, list, nullable, one, type Shaped, text, time } from './shape.ts';
import { type Json, jsonBytes, parseObject } from './strict_json.ts';

const MAX_REQUEST = 16 * 1024;
const MAX_NOTICE = 4096;
const DESK_LIFE = 120;
const LIFE = { desk: DESK_LIFE, poster: 366 * 86400, link: 30 * 86400, api: 30 * 86400 } as const;

export type RequestLocator = { readonly request: string; readonly auth: string; readonly key: Bytes };

export async function locateRequest(secret: Bytes): Promise<RequestLocator> {
  if (secret.length !== 32) refuse('malformed', 'locator');
  return {
    request: b64u(await derive(secret, 'request-id', EMPTY, 16)),
    auth: b64u(await derive(secret, 'request-auth', EMPTY, 32)),
    key: await derive(secret, 'request-key', EMPTY, 32),
  };
}

const requestShape = closed({
  v: just(1),
  request: id,
  agency: text,
  audience: text,
  purpose: closed({ id: text, text }),
  basis: one('consent', 'contract', 'public-task'),
  required: list(text),
  optional: list(text),
  retention: text,
  on_no: text,
  nonce: id,
  iat: time,
  exp: time,
  mode: one('desk', 'poster', 'link', 'api'),
  digits: bool,
});
export type AgencyRequest = Shaped<typeof requestShape>;

function checkLife(request: AgencyRequest): AgencyRequest {
  const life = request.exp - request.iat;
  if (life <= 0 || life > LIFE[request.mode]) refuse('malformed', 'times');
  if (request.mode === 'desk' && !request.digits) refuse('malformed', 'digits');
  return request;
}

export function signRequest(seed: Bytes, request: AgencyRequest): Promise<string> {
  checkLife(requestShape(request as unknown as Json));
  const { v, request: name, agency, audience, purpose, basis, required, optional } = request;
  const { retention, on_no, nonce, iat, exp, mode, digits } = request;
  return signJws('request', 'kid', seed, {
    ...{ v, request: name, agency, audience, purpose: { id: purpose.id, text: purpose.text }, basis },
    ...{ required, optional, retention, on_no, nonce, iat, exp, mode, digits },
  });
}

export async function readRequest(token: string, requestKey: Bytes): Promise<AgencyRequest> {
  return checkLife(requestShape(await verifyKid(token, 'request', requestKey, MAX_REQUEST)));
}

async function boxKey(locator: RequestLocator): Promise<Bytes> {
  return derive(locator.key, 'request-box', unb64u(locator.request, 16), 32);
}

export async function sealRequest(locator: RequestLocator, token: string, iv?: Bytes): Promise<string> {
  const members = [['request', locator.request]] as const;
  return sealJwe('request-box', members, await boxKey(locator), padded(ascii(token)), iv);
}

export async function openRequest(locator: RequestLocator, box: string): Promise<string> {
  const members = [['request', locator.request]] as const;
  return fromAscii(unpad(await openJwe(box, 'request-box', members, await boxKey(locator))));
}

export type CheckedRequest = {
  readonly request: AgencyRequest;
  readonly agency: Agency;
  /** Fields that the registry does not allow for this purpose: shown in red. */
  readonly overAsking: string[];
};

/** What the wallet checks before it shows anything. `answered`: nonces that this wallet has answered. */
export async function checkRequest(
  locator: RequestLocator,
  token: string,
  registry: Registry,
  audience: string,
  now: number,
  answered: ReadonlySet<string> = new Set(),
): Promise<CheckedRequest> {
  // The agency's name stands inside: it only selects keys, and counts once one of them verifies.
  const claimed = claim(token);
  const agency = registry.agencies.find((row) => row.id === claimed);
  if (agency === undefined || agency.status !== 'active') return refuse('unknown-agency');
  let request: AgencyRequest | undefined;
  for (const { jwk } of activeKeys(agency, 'request', now)) {
    try {
      request = await readRequest(token, unb64u(jwk.x, 32));
      break;
    } catch (error) {
      if ((error as { code?: string }).code !== 'header-mismatch') throw error;
    }
  }
  if (request === undefined) return refuse('bad-signature');
  if (request.request !== locator.request) refuse('wrong-request');
  if (request.audience !== audience) refuse('wrong-audience');
  if (now >= request.exp) refuse('expired');
  if (answered.has(request.nonce)) refuse('already-answered');
  const { purpose, basis, required, optional } = request;
  const known = agency.purposes.find((row) => row.id === purpose.id);
  if (known === undefined || known.basis !== basis) return refuse('over-asking', 'purpose');
  const overAsking = [...required, ...optional].filter((field) => !known.fields.includes(field));
  return { request, agency, overAsking };
}

function claim(token: string): string {
  const payload = parseObject(unb64u(token.split('.')[1] ?? ''), MAX_REQUEST);
  return text(payload.agency ?? null);
}

// -- answer ----------------------------------------------------------------------------------------------------------

const noticeShape = closed({
  v: just(1),
  locator: bytes(32),
  request: nullable(id),
  nonce: nullable(id),
  grant: id,
  time,
});
export type Notice = Shaped<typeof noticeShape>;

function noticeContext(request: string | null, mark: Bytes): Bytes {
  return concat(request === null ? new Uint8Array(16) : unb64u(request, 16), mark);
}

/** In the suite of the agency's key. */
export async function sealNotice(sealKey: Bytes, notice: Notice): Promise<string> {
  const { v, locator, request, nonce, grant, time } = noticeShape(notice);
  const plaintext = padded(jsonBytes({ v, locator, request, nonce, grant, time }));
  return sealBox('notice', sealKey, noticeContext(request, await sealThumbprint(sealKey)), plaintext);
}

export async function openNotice(own: SealPrivate, request: string | null, box: string) {
  const mark = await sealThumbprint(await sealPublic(own));
  const raw = await openBox('notice', own, noticeContext(request, mark), box);
  const notice = noticeShape(parseObject(unpad(raw), MAX_NOTICE));
  if (notice.request !== request) refuse('wrong-request');
  return notice;
}

/** What the server compares with the digits that the clerk types. */
export async function digitsHash(salt: string, typed: string): Promise<string> {
  const digits = readDigits(typed);
  if (digits.length !== 6) refuse('malformed', 'digits');
  return digest(concat(unb64u(salt, 16), ascii(digits)));
}
