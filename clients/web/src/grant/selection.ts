/**
 * What leaves: single values, files and derived answers picked from papers, as slots (grant.md, "Slots"). A pick never
 * takes a whole paper. Twin of mappe.holder.selection.
 */
import { HolderError } from '../errors.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Vault } from '../store/vault.ts';

export const DERIVED = ['valid-today', 'adult-today'] as const;
export type Derived = (typeof DERIVED)[number];

/** One thing to release from the paper `document`: a field (with the index of its value), a file, or a derived answer. */
export type Pick = {
  readonly document: string;
  readonly field: string | null;
  readonly value: number;
  readonly file: number | null;
  readonly derived: Derived | null;
};

export const pickField = (document: string, field: string, value = 0): Pick => {
  return { document, field, value, file: null, derived: null };
};
export const pickFile = (document: string, file: number): Pick => {
  return { document, field: null, value: 0, file, derived: null };
};
export const pickDerived = (document: string, derived: Derived): Pick => {
  return { document, field: null, value: 0, file: null, derived };
};

/** A slot ready to be sealed. `content` is exactly what the recipient will see. */
export type Chosen = {
  readonly slot: string;
  readonly kind: 'field' | 'attachment' | 'derived' | 'evidence';
  /** `type.field` */
  readonly name: string;
  readonly content: JsonObject;
  readonly file: { readonly ref: string; readonly attachment: string; readonly version: number } | null;
  readonly pick: Pick;
};

/** What the person should know before it leaves. `day` is a date; `shows` are codes of `scan_shows` in fields.json. */
export type Warning =
  | { readonly kind: 'expired' | 'expiring'; readonly document: string; readonly title: string; readonly day: string }
  | { readonly kind: 'scan-shows'; readonly name: string; readonly document: string; readonly shows: readonly string[] }
  | { readonly kind: 'sensitive' | 'conflicting' | 'superseded'; readonly name: string; readonly document: string };

/** HolderError `nothing-picked`, `no-such-field`, `no-such-file`, `cannot-derive`. `today` is YYYY-MM-DD. */
export function choose(_vault: Vault, _picks: readonly Pick[], _today: string): Chosen[] {
  throw new HolderError('not-built');
}

export function warnings(_vault: Vault, _picks: readonly Pick[], _today: string): Warning[] {
  throw new HolderError('not-built');
}
