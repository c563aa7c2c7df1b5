/** Consent texts by their hash (own language beside German), and the templates: data of the specification. */
import { HolderError } from '../errors.ts';

export type Basis = 'consent' | 'contract' | 'public-task';
export type TextKind = 'consent' | 'contract' | 'notice';

/** `text` has places like {recipient}; see `blocks`. */
export type LegalText = {
  readonly kind: TextKind;
  readonly language: string;
  readonly state: 'drafted' | 'reviewed';
  readonly hash: string;
  readonly text: string;
};

/** The text in the person's language, beside the German one (null if it is German). HolderError `no-text`. */
export async function consentText(
  _basis: Basis,
  _language: string,
): Promise<LegalText & { readonly german: LegalText | null }> {
  throw new HolderError('not-built');
}

export type Part = { readonly text: string; readonly strong: boolean };
export type Block = { readonly kind: 'heading' | 'paragraph' | 'fields'; readonly parts: readonly Part[] };

/** The text with its places filled in, as blocks to show; the block `fields` is where the list of fields goes. */
export function blocks(_text: LegalText, _fill: Readonly<Record<string, string>>): Block[] {
  throw new HolderError('not-built');
}

export type Template = {
  readonly id: string;
  readonly scenario: string;
  readonly kind: 'request' | 'bundle' | 'single';
  readonly label: string;
  readonly purpose: string;
  readonly onNo: string;
  readonly subject: 'holder' | 'person';
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly alternatives: readonly { readonly insteadOf: string; readonly fields: readonly string[] }[];
  readonly scans: readonly { readonly type: string; readonly required: boolean }[];
  readonly basis: readonly Basis[];
  /** ISO 8601 durations. */
  readonly retention: string;
  readonly until: string;
  readonly standing: boolean;
};

export async function templates(_language: string): Promise<readonly Template[]> {
  throw new HolderError('not-built');
}

/** Seconds of `P14D`, `P3M`, `P1Y`; months are 30 days, years 365. */
export function seconds(_duration: string): number {
  throw new HolderError('not-built');
}
