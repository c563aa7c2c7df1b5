/**
 * Answering an agency's request (request.md): who asks, for what, until when, what "no" means; then exactly that.
 *
 *     look → match → prepare → answer
 *
 * Declining is doing nothing: no call, no trace. Twin of mappe.holder.answering.
 */
import { Server } from '../api/http.ts';
import { HolderError, ServerLied } from '../errors.ts';
import { b64u, random, unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import { readLink } from '../formats/grant.ts';
import {
  type AgencyRequest,
  checkRequest,
  digitsHash,
  locateRequest,
  openRequest,
  type RequestLocator,
  sealNotice,
} from '../formats/request.ts';
import { open, text } from '../formats/shape.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Item, Vault } from '../store/vault.ts';
import { conditions, newDigits, type Prepared, prepare as prepareGrant, release, toAgency } from './grants.ts';
import { type Agency, type Checked, whole } from './registry.ts';
import { canDerive, DERIVED, type Pick, pickDerived, pickField, pickFile, typeOf, valueRecords } from './selection.ts';

/** A checked request, as it is shown before anything is chosen. */
export type Asked = {
  readonly locator: RequestLocator;
  readonly request: AgencyRequest;
  readonly agency: Agency;
  /** Names of fields that the registry does not allow for this purpose: shown in red, never released. */
  readonly overAsking: readonly string[];
};

/** One asked field: the picks that could answer it (newest paper first), none if it is missing. */
export type Match = {
  readonly name: string;
  readonly required: boolean;
  readonly allowed: boolean;
  readonly picks: readonly Pick[];
};

/** `digits` are shown to the clerk, who types them (null: the request asks for none). */
export type Answered = { readonly grant: string; readonly digits: string | null };

const fetchShape = open({ box: text });
/** Refusals that are no lie of the server: the office or the clock is the cause. */
const PLAIN: Readonly<Record<string, string>> = {
  expired: 'expired',
  'unknown-agency': 'unknown-agency',
  'already-answered': 'answered',
  'over-asking': 'over-asking',
};

/**
 * Opens a request from its link or QR code. ServerLied when signature, sender, audience or id do not hold;
 * HolderError `bad-link`, `other-server` {origin}, `expired`, `answered`, `unknown-agency`, `over-asking` (the registry
 * knows no such purpose of this office: refused as a whole), `keys-changed` {office}.
 */
export async function look(vault: Vault, url: string, registry: Checked): Promise<Asked> {
  const locator = await locateRequest(readRequestLink(vault, url));
  const answer = await stranger(vault).post(`/v1/requests/${locator.request}/fetch`, { auth: locator.auth });
  try {
    const token = await openRequest(locator, fetchShape(answer).box);
    const answered = answeredNonces(vault);
    const { origin } = vault.server;
    const checked = await checkRequest(locator, token, whole(registry), origin, vault.server.now(), answered);
    if (registry.changed.some(({ agency }) => agency.id === checked.agency.id)) {
      throw new HolderError('keys-changed', { office: checked.agency.id });
    }
    return { locator, request: checked.request, agency: checked.agency, overAsking: checked.overAsking };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const plain = PLAIN[error.code];
    throw plain === undefined
      ? new ServerLied(error.code, { request: true }, error)
      : new HolderError(plain, {}, error);
  }
}

/** On this device, or on another one of the wallet's whose grant has come. */
function answeredNonces(vault: Vault): Set<string> {
  const elsewhere = vault.items('grant').map((item) => item.payload.request);
  return new Set([...vault.profile.answered, ...elsewhere.filter((one) => typeof one === 'string')]);
}

function readRequestLink(vault: Vault, url: string) {
  let link: ReturnType<typeof readLink>;
  try {
    link = readLink(url.trim());
  } catch (error) {
    throw new HolderError('bad-link', {}, error);
  }
  if (link.path !== 'r') throw new HolderError('bad-link', { path: link.path });
  if (link.origin !== vault.server.origin) throw new HolderError('other-server', { origin: link.origin });
  return link.locator;
}

/** No session: these calls prove the request's capability and nothing about the wallet. */
function stranger(vault: Vault): Server {
  return new Server(vault.server.origin);
}

/** What the wallet has for each asked field; `person`: only papers of one family member. */
export function match(vault: Vault, asked: Asked, person?: string): Match[] {
  const wanted = [
    ...asked.request.required.map((name) => ({ name, required: true })),
    ...asked.request.optional.map((name) => ({ name, required: false })),
  ];
  return wanted.map(({ name, required }) => ({
    ...{ name, required, allowed: !asked.overAsking.includes(name) },
    picks: picksFor(vault, name, person),
  }));
}

/** The picks that could give `type.field`, newest paper first. */
export function picksFor(vault: Vault, name: string, person?: string): Pick[] {
  const [type = '', field = ''] = split(name);
  return papers(vault, person)
    .filter((item) => typeOf(item) === type && item.payload.state !== 'superseded')
    .flatMap((item) => pickFrom(item, field));
}

function split(name: string): [string, string] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
}

function papers(vault: Vault, person?: string): Item[] {
  const updated = (item: Item) => Number(item.payload.updated ?? 0);
  return [...vault.items('document'), ...vault.items('letter')]
    .filter((item) => item.payload.trashed === undefined)
    .filter((item) => person === undefined || item.payload.person === person)
    .sort((a, b) => updated(b) - updated(a));
}

function pickFrom(item: Item, field: string): Pick[] {
  if (field === 'file' && ((item.payload.attachments ?? []) as unknown[]).length > 0) return [pickFile(item.id, 0)];
  const question = DERIVED.find((one) => one.replace('-', '_') === field);
  if (question !== undefined) return canDerive(item, question) ? [pickDerived(item.id, question)] : [];
  return valueRecords(item, field).length > 0 ? [pickField(item.id, field)] : [];
}

/**
 * The grant that answers: sealed to the agency's current key, with the request's own purpose, basis and retention.
 * HolderError `over-asking` {fields} where a pick goes beyond what was asked and may be asked; `no-key`.
 */
export async function prepare(
  vault: Vault,
  asked: Asked,
  picks: readonly Pick[],
  options: { readonly life: number; readonly language: string; readonly standing?: boolean },
): Promise<Prepared> {
  const { purpose, basis, retention, nonce, required, optional } = asked.request;
  const { life, language, standing = false } = options;
  const more = { basis, retention, language, life, opens: 0, standing, request: nonce };
  const to = toAgency(asked.agency, vault.server.now());
  const prepared = await prepareGrant(vault, to, picks, conditions(purpose.text, more));
  const beyond = prepared.slots
    .map((one) => one.name)
    .filter((name) => ![...required, ...optional].includes(name) || asked.overAsking.includes(name));
  if (beyond.length > 0) throw new HolderError('over-asking', { fields: beyond.sort() });
  return prepared;
}

/**
 * Releases the grant, then leaves the notice. The wallet remembers the nonce before: a request is answered once. What
 * breaks off is repaired by calling again with the same `prepared`: the same grant, the same digits.
 */
export async function answer(vault: Vault, asked: Asked, prepared: Prepared): Promise<Answered> {
  const { request, nonce, digits: wanted } = asked.request;
  await remember(vault, nonce);
  await release(vault, prepared);
  const said = saidBefore.get(prepared) ?? (await saying(vault, asked, prepared, wanted));
  saidBefore.set(prepared, said);
  await stranger(vault).post(`/v1/requests/${request}/answer`, said.body);
  return { grant: prepared.grant, digits: said.digits };
}

type Said = { readonly body: JsonObject; readonly digits: string | null };
const saidBefore = new WeakMap<Prepared, Said>();

async function saying(vault: Vault, asked: Asked, prepared: Prepared, wanted: boolean): Promise<Said> {
  const { request, nonce } = asked.request;
  const body: JsonObject = { auth: asked.locator.auth, notice: await notice(vault, prepared, request, nonce) };
  if (!wanted) return { body, digits: null };
  const digits = newDigits();
  const salt = b64u(random(16));
  return { body: { ...body, salt, digits: await digitsHash(salt, digits) }, digits };
}

/** On the shelf before the answer leaves: a crash in between costs a new request, never a second answer. */
async function remember(vault: Vault, nonce: string): Promise<void> {
  if (vault.profile.answered.includes(nonce)) return;
  vault.profile.answered = [...vault.profile.answered, nonce];
  await vault.profile.save();
}

async function notice(vault: Vault, prepared: Prepared, request: string | null, nonce: string | null): Promise<string> {
  if (prepared.to.sealKey === null) throw new HolderError('no-key');
  const seal = unb64u(prepared.to.sealKey);
  const { grant, secret: locator } = prepared;
  const plain = { v: 1, locator, request, nonce, grant, time: vault.server.now() } as const;
  return sealNotice(seal, plain);
}

/** Tells an agency of a grant that it has not asked for: a notice in its inbox. */
export async function sendNotice(vault: Vault, prepared: Prepared): Promise<void> {
  const { agency } = prepared.to;
  if (agency === null) throw new HolderError('no-key');
  await vault.server.post(`/v1/agencies/${agency}/notices`, { notice: await notice(vault, prepared, null, null) });
}
