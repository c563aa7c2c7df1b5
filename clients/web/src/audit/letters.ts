/**
 * Letters to a recipient: access (Art. 15), correction (Art. 16), erasure (Art. 17 GDPR). German, generated from the log
 * and the registry's address, with the deadline of Art. 12(3). Kept in the vault as kind `letter`.
 */
import { HolderError } from '../errors.ts';
import type { Vault } from '../store/vault.ts';

export const RIGHTS = ['access', 'correction', 'erasure'] as const;
export type Right = (typeof RIGHTS)[number];

export type Draft = {
  readonly right: Right;
  readonly agency: string | null;
  /** Address block, subject, paragraphs: German. */
  readonly recipient: readonly string[];
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** YYYY-MM-DD */
  readonly date: string;
  readonly deadline: string;
  readonly grants: readonly string[];
  /** The holder, as far as the wallet knows a name and address; the screen lets the person edit it. */
  readonly sender: readonly string[];
  readonly correction: Correction | null;
};

/** What is wrong: field (`type.field`), their value, the right one. */
export type Correction = { readonly field: string; readonly theirs: string; readonly ours: string };

export type Sent = {
  readonly id: string;
  readonly right: Right;
  readonly to: string;
  readonly agency: string | null;
  readonly subject: string;
  readonly date: string;
  readonly deadline: string;
  readonly answeredOn: string | null;
  /** Past the deadline without an answer. */
  readonly overdue: boolean;
  readonly text: string;
};

/** Builds the letter for the recipient of these grants; nothing is stored. */
export async function draft(
  _vault: Vault,
  _right: Right,
  _grants: readonly string[],
  _options?: { correction?: Correction; today?: string },
): Promise<Draft> {
  throw new HolderError('not-built');
}

/** The whole letter as plain text, to print, copy or share. */
export function textOf(_draft: Draft): string {
  throw new HolderError('not-built');
}

/** Keeps it in the vault; its id. */
export async function keep(_vault: Vault, _draft: Draft): Promise<string> {
  throw new HolderError('not-built');
}

export function letters(_vault: Vault): Sent[] {
  throw new HolderError('not-built');
}

/** An answer came. `day` YYYY-MM-DD. */
export async function answered(_vault: Vault, _id: string, _day: string): Promise<void> {
  throw new HolderError('not-built');
}
