/** Out of this page, into the software that the recipient works with. */
import type { Slot } from '../formats/grant.ts';
import type { Json, JsonObject } from '../formats/strict_json.ts';
import { writeJson } from '../formats/strict_json.ts';
import { named } from '../i18n/fields.ts';
import type { Papers } from './redeem.ts';
import { line, show } from './value.ts';

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

function entry(slot: Slot): JsonObject {
  // The attachment's key stays out: the file itself is what was shared.
  const { v: _v, attachment, ...rest } = slot;
  if (attachment === undefined) return rest as JsonObject;
  return { ...(rest as JsonObject), file: { name: attachment.name, media: attachment.media, size: attachment.size } };
}

export function asJson(papers: Papers, now: number): string {
  const { policy, terms, record, slots, receipt, signed } = papers;
  const value: JsonObject = {
    format: 'mappe/1/received',
    grant: policy.grant,
    version: record.version,
    received: iso(now),
    until: iso(policy.exp),
    purpose: terms.purpose,
    basis: terms.basis,
    retention: terms.retention,
    recipient: terms.recipient as unknown as Json,
    fields: [...slots.values()].map(entry),
    receipt: { ...receipt },
    signed: { ...signed },
  };
  return `${JSON.stringify(JSON.parse(writeJson(value)), null, 2)}\n`;
}

/** A cell that a spreadsheet would read as a formula gets an apostrophe; numbers and phone numbers do not. */
function cell(text: string): string {
  const harmless = /^[+-]?[\d\s()./-]*$/.test(text);
  const guarded = /^[=+\-@\t\r]/.test(text) && !harmless ? `'${text}` : text;
  return /[";\n\r]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

export function asCsv(papers: Papers): string {
  const rows = [['name', 'paper', 'field', 'value', 'missing', 'assurance', 'source', 'as_of']];
  for (const slot of papers.slots.values()) {
    const { paper, field, spec } = named(slot.name);
    const plain = typeof slot.value === 'string' ? slot.value : line(show(slot.value, spec));
    const value = slot.attachment?.name ?? (slot.value === null ? '' : plain);
    rows.push([slot.name, paper, field, value, slot.missing ?? '', slot.assurance, slot.source, slot.as_of]);
  }
  return `\ufeff${rows.map((row) => row.map(cell).join(';')).join('\r\n')}\r\n`;
}
