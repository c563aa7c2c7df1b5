/**
 * Letters to a recipient: access (Art. 15), correction (Art. 16), erasure (Art. 17 GDPR). In German, from the wallet's own
 * records of its shares, the log, and the address that the registry gave when it was shared. What was sent stays in the
 * vault as kind `letter` (object.md), with its deadline.
 */
import { HolderError } from '../errors.ts';
import { newId, unb64u } from '../formats/encoding.ts';
import { locate, openTerms, type Terms } from '../formats/grant.ts';
import { type Own, readOwn } from '../grant/own.ts';
import { dayOf } from '../grant/selection.ts';
import { own } from '../grant/shares.ts';
import type { Item, Vault } from '../store/vault.ts';
import { deadlineAfter } from './deadline.ts';
import { type Journal, remembered } from './journal.ts';
import { type Correction, type Facts, paragraphsOf, subjectOf } from './wording.ts';

export type { Correction } from './wording.ts';

export const RIGHTS = ['access', 'correction', 'erasure'] as const;
export type Right = (typeof RIGHTS)[number];

export type Draft = {
  readonly right: Right;
  readonly to: string;
  readonly agency: string | null;
  /** The holder, as far as the wallet knows a name and address; the screen lets the person complete it. */
  readonly sender: readonly string[];
  /** Address block. */
  readonly recipient: readonly string[];
  /** YYYY-MM-DD */
  readonly date: string;
  readonly deadline: string;
  /** German. */
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly grants: readonly string[];
  readonly correction: Correction | null;
};

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
  readonly grants: readonly string[];
};

export type DraftOptions = {
  readonly correction?: Correction;
  readonly today?: string;
  /** What was read when; else what this device remembers of the log. */
  readonly journal?: Journal;
};

/**
 * The letter to the recipient of these shares; nothing is stored. HolderError `no-such-share`, `several-recipients`,
 * `correction-needed`.
 */
export async function draft(
  vault: Vault,
  right: Right,
  grants: readonly string[],
  options: DraftOptions = {},
): Promise<Draft> {
  const shares = grants.map((grant) => ({ grant, own: readOwn(own(vault, grant)) }));
  const first = shares[0];
  if (first === undefined) throw new HolderError('no-such-share');
  const { to } = first.own;
  if (shares.some(({ own }) => own.to.agency !== to.agency || own.to.name !== to.name)) {
    throw new HolderError('several-recipients');
  }
  const correction = options.correction ?? null;
  if (right === 'correction' && correction === null) throw new HolderError('correction-needed');
  const date = options.today ?? dayOf(vault.server.now());
  const deadline = deadlineAfter(date);
  const facts = await factsOf(shares, options.journal ?? (await remembered(vault)));
  return {
    ...{ right, to: to.name, agency: to.agency, sender: senderOf(vault), date, deadline, correction },
    recipient: [to.name, ...addressLines(to.address)].filter((line) => line !== ''),
    subject: subjectOf(right),
    paragraphs: paragraphsOf(right, facts, { deadline, correction }),
    grants: [...grants],
  };
}

async function factsOf(
  shares: readonly { readonly grant: string; readonly own: Own }[],
  journal: Journal,
): Promise<Facts> {
  const labels = (await import('virtual:catalogue/de')).default;
  const label = (name: string): string => {
    const [type = '', field = ''] = name.split('.');
    const known = Object.hasOwn(labels.types, type) ? labels.types[type] : undefined;
    const found = known !== undefined && Object.hasOwn(known.fields, field) ? known.fields[field] : undefined;
    return known === undefined ? name : `${known.label}: ${found?.label ?? FURTHER[field] ?? field}`;
  };
  const rows = await Promise.all(
    shares.map(async ({ grant, own }) => {
      const events = journal.entries.map((entry) => entry.event).filter((event) => event.grant === grant);
      const reads = events.filter((event) => READS.includes(event.kind)).map((event) => dayOf(event.time));
      const slots = new Set(events.flatMap((event) => (READS.includes(event.kind) ? (event.slots ?? []) : [])));
      return {
        ...{ purpose: own.purpose, created: dayOf(own.created), terms: await termsOf(own) },
        fields: [...new Set(Object.values(own.slots))].map(label),
        read: [...new Set(Object.entries(own.slots).flatMap(([slot, name]) => (slots.has(slot) ? [label(name)] : [])))],
        days: [...new Set(reads)].sort(),
      };
    }),
  );
  return { rows, label };
}

const READS = ['grant-opened', 'slot-delivered', 'file-delivered'];
const FURTHER: Readonly<Record<string, string>> = {
  file: 'Kopie des Papiers',
  valid_today: 'heute gültig (ja oder nein)',
  adult_today: 'heute volljährig (ja oder nein)',
};

/** Basis and retention stand in the terms, sealed under the share's own locator. null: not readable here. */
async function termsOf(own: Own): Promise<Terms | null> {
  try {
    return (await openTerms(await locate(unb64u(own.secret, 32)), own.terms)).terms;
  } catch {
    return null;
  }
}

const addressLines = (address: string | null): string[] => (address ?? '').split(',').map((line) => line.trim());

/** The newest value of each; lines that the wallet does not know are left out. */
function senderOf(vault: Vault): string[] {
  const papers = [...vault.items('document')].sort((a, b) => Number(b.payload.updated) - Number(a.payload.updated));
  const self = new Set(vault.items('person').flatMap((item) => (item.payload.relation === 'self' ? [item.id] : [])));
  const newest = (type: string, field: string): unknown =>
    papers
      .filter((item) => item.payload.type === type)
      .filter((item) => item.payload.person === undefined || self.has(String(item.payload.person)))
      .flatMap((item) => (item.payload.fields as Record<string, { value?: unknown }[]>)[field] ?? [])
      .map((record) => record.value)
      .find((value) => value !== null && value !== undefined);
  const name = [newest('person', 'given_name'), newest('person', 'family_name')].filter(
    (part) => typeof part === 'string',
  );
  const found = newest('address', 'address');
  const at = (typeof found === 'object' && found !== null ? found : {}) as Record<string, unknown>;
  const line = (...members: string[]) =>
    members
      .map((member) => at[member])
      .filter((part) => typeof part === 'string' && part !== '')
      .join(' ');
  return [name.join(' '), line('street_address', 'house_number'), line('postal_code', 'locality')].filter(
    (text) => text !== '',
  );
}

/** The whole letter as plain text, to print, copy or share. */
export function textOf(draft: Draft): string {
  const { sender, recipient, date, subject, paragraphs } = draft;
  const [name = ''] = sender;
  const [year, month, day] = date.split('-');
  const blocks = [sender.join('\n'), recipient.join('\n'), `${day}.${month}.${year}`, subject, ...paragraphs, name];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** Keeps it in the vault; its id. */
export async function keep(vault: Vault, draft: Draft): Promise<string> {
  const now = vault.server.now();
  const { right, to, agency, subject, date, deadline, grants, correction } = draft;
  const said = (value: string) => [{ value, assurance: 'self-declared', source: '', as_of: date, evidence: [] }];
  const disputed =
    correction === null
      ? {}
      : { concerns: said(correction.field), our_value: said(correction.ours), their_value: said(correction.theirs) };
  return vault.outbox.put(
    {
      ...{ v: 1, kind: 'letter', type: correction === null ? 'letter' : 'dispute_note', title: subject },
      ...{ created: now, updated: now, state: 'present', attachments: [] },
      fields: {
        ...{ direction: said('outgoing'), authority: said(to), date: said(date), subject: said(subject) },
        ...{ deadline: said(deadline), ...disputed },
      },
      letter: { right, agency, grants: [...grants], text: textOf(draft) },
    },
    newId(),
  );
}

/** Newest first; letters that another program keeps stay where they are. */
export function letters(vault: Vault): Sent[] {
  const today = dayOf(vault.server.now());
  return vault
    .items('letter')
    .flatMap((item) => sent(item, today) ?? [])
    .sort((a, b) => (a.date < b.date ? 1 : a.date > b.date ? -1 : 0));
}

function sent(item: Item, today: string): Sent | null {
  const fields = (item.payload.fields ?? {}) as Record<string, { value?: unknown }[]>;
  const letter = (item.payload.letter ?? {}) as Record<string, unknown>;
  const right = RIGHTS.find((one) => one === letter.right);
  if (right === undefined) return null;
  const field = (name: string): string => {
    const value = Object.hasOwn(fields, name) ? fields[name]?.[0]?.value : undefined;
    return typeof value === 'string' ? value : '';
  };
  const deadline = field('deadline');
  const answeredOn = field('answered_on') || null;
  return {
    ...{ id: item.id, to: field('authority'), subject: field('subject'), date: field('date'), deadline, answeredOn },
    right,
    agency: typeof letter.agency === 'string' ? letter.agency : null,
    overdue: answeredOn === null && deadline !== '' && deadline < today,
    text: typeof letter.text === 'string' ? letter.text : '',
    grants: Array.isArray(letter.grants) ? letter.grants.filter((one) => typeof one === 'string') : [],
  };
}

/** An answer came. `day` YYYY-MM-DD. HolderError `no-such-letter`, `bad-date`. */
export async function answered(vault: Vault, id: string, day: string): Promise<void> {
  const item = vault.items('letter').find((one) => one.id === id);
  if (item === undefined) throw new HolderError('no-such-letter');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day))) throw new HolderError('bad-date');
  const record = { value: day, assurance: 'self-declared', source: '', as_of: day, evidence: [] };
  const fields = { ...(item.payload.fields as object), answered_on: [record] };
  await vault.outbox.put({ ...item.payload, fields, updated: vault.server.now() }, id);
}
