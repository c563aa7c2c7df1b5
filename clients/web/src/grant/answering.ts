/**
 * Answering an agency's request (request.md): look → match → prepare → answer. Declining is doing nothing: no call, no
 * trace. Twin of mappe.holder.answering.
 */
import { HolderError } from '../errors.ts';
import type { AgencyRequest, RequestLocator } from '../formats/request.ts';
import type { Vault } from '../store/vault.ts';
import type { Prepared } from './grants.ts';
import type { Agency, Registry } from './registry.ts';
import type { Pick } from './selection.ts';

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

/**
 * Opens a request from its link or QR code. ServerLied when signature, sender, audience or id do not hold;
 * HolderError `bad-link`, `expired`, `answered`, `unknown-agency`, `over-asking`.
 */
export async function look(_vault: Vault, _url: string, _registry: Registry): Promise<Asked> {
  throw new HolderError('not-built');
}

/** `person`: only papers of one family member. */
export function match(_vault: Vault, _asked: Asked, _person?: string): Match[] {
  throw new HolderError('not-built');
}

/** The grant that answers, with the request's own purpose, basis and retention. HolderError `over-asking`, `no-key`. */
export async function prepare(
  _vault: Vault,
  _asked: Asked,
  _picks: readonly Pick[],
  _options: { life: number; language: string; standing?: boolean },
): Promise<Prepared> {
  throw new HolderError('not-built');
}

/** Releases the grant, then leaves the notice. Safe to call again when it broke off. */
export async function answer(_vault: Vault, _asked: Asked, _prepared: Prepared): Promise<Answered> {
  throw new HolderError('not-built');
}

/** Tells an agency of a grant that it has not asked for: a notice in its inbox. */
export async function sendNotice(_vault: Vault, _prepared: Prepared): Promise<void> {
  throw new HolderError('not-built');
}
