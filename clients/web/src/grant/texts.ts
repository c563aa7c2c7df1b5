/** Consent texts by their hash (own language beside German), and the templates: data of the specification. */
import texts from 'virtual:legal';
import loaders from 'virtual:templates';
import { HolderError } from '../errors.ts';
import { digest } from '../formats/derive.ts';
import { plainly } from '../i18n/foreign.ts';

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

const GERMAN = 'de';
export type OwnText = LegalText & { readonly german: LegalText | null };

/** The text in the person's language, beside the German one (null if it is German). HolderError `no-text`. */
export async function consentText(basis: Basis, language: string): Promise<OwnText> {
  const text = await newest(kindOf(basis), language);
  return { ...text, german: language === GERMAN ? null : await newest(text.kind, GERMAN) };
}

/** The languages in which there is a text for this basis. */
export function textLanguages(basis: Basis): string[] {
  return texts.filter((one) => one.kind === kindOf(basis)).map((one) => one.language);
}

/** The text that a grant names (terms `text`). null: this version of the app does not have it. */
export async function textOfHash(hash: string): Promise<LegalText | null> {
  const row = texts.find((one) => one.sha256 === hash);
  return row === undefined ? null : load(row);
}

/** Only a consent is called one (grant.md, "Terms"). */
export function kindOf(basis: Basis): TextKind {
  return basis === 'public-task' ? 'notice' : basis;
}

async function newest(kind: TextKind, language: string): Promise<LegalText> {
  const rows = texts.filter((one) => one.kind === kind && one.language === language);
  const [row] = [...rows].sort((a, b) => b.version - a.version);
  if (row === undefined) throw new HolderError('no-text', { kind, language });
  return load(row);
}

/** What is shown is what the hash names, also if the file that came is another one. */
async function load({ kind, language, state, sha256, load }: (typeof texts)[number]): Promise<LegalText> {
  const text = (await load()).default;
  if ((await digest(text)) !== sha256) throw new HolderError('no-text', { kind, language, why: 'hash' });
  return { kind, language, state, hash: sha256, text };
}

export type Part = { readonly text: string; readonly strong: boolean };
export type Block = { readonly kind: 'heading' | 'paragraph' | 'fields'; readonly parts: readonly Part[] };

/**
 * The text with its places filled in, as blocks to show; the block `fields` is where the list of fields goes. The files
 * use a small part of Markdown: `# `, `**`, an empty line between blocks. What is filled in is text and never markup.
 */
export function blocks(text: LegalText, fill: Readonly<Record<string, string>>): Block[] {
  return text.text
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map((block) => {
      if (block === '{fields}') return { kind: 'fields', parts: [] };
      const heading = block.startsWith('# ');
      return { kind: heading ? 'heading' : 'paragraph', parts: parts(heading ? block.slice(2) : block, fill) };
    });
}

function parts(line: string, fill: Readonly<Record<string, string>>): Part[] {
  return line
    .split('**')
    .map((piece, n) => ({
      text: piece
        .replaceAll('\n', ' ')
        .replace(/\{(\w+)\}/g, (_, name: string) => (Object.hasOwn(fill, name) ? plainly(String(fill[name])) : '')),
      strong: n % 2 === 1,
    }))
    .filter((part) => part.text !== '');
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

/** In English where the templates do not speak the language yet. */
export async function templates(language: string): Promise<readonly Template[]> {
  const load = loaders[language] ?? loaders.en;
  if (load === undefined) return [];
  return (await load()).default.map(({ on_no, alternatives = [], ...rest }) => ({
    ...rest,
    onNo: on_no,
    alternatives: alternatives.map(({ instead_of, fields }) => ({ insteadOf: instead_of, fields })),
  }));
}

const DURATION = /^P([1-9]\d{0,3})([DWMY])$/;
const UNITS = { D: 1, W: 7, M: 30, Y: 365 } as const;

/** Seconds of `P14D`, `P3M`, `P1Y`; months are 30 days, years 365. */
export function seconds(duration: string): number {
  const found = DURATION.exec(duration);
  if (found === null) throw new HolderError('bad-duration', { duration });
  return Number(found[1]) * UNITS[found[2] as keyof typeof UNITS] * 86400;
}
