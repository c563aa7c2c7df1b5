/** The holder's own record of a grant, in the vault (object.md, "Payload"): what finds it, ends it, brings it up to date. */
import { HolderError } from '../errors.ts';
import { sealKeyText } from '../formats/seal_keys.ts';
import { bytes, id, integer, list, maybe, nullable, one, open, record, text, time, version } from '../formats/shape.ts';
import type { JsonObject } from '../formats/strict_json.ts';
import type { Item } from '../store/vault.ts';
import type { Prepared } from './grants.ts';
import type { To } from './seal.ts';
import { DERIVED, type Pick } from './selection.ts';

const pickShape = open({
  document: id,
  field: nullable(text),
  value: integer(),
  file: nullable(integer()),
  derived: nullable(one(...DERIVED)),
});
const ownShape = open({
  grant: id,
  secret: bytes(32),
  recipient: text,
  to: open({ name: text, address: nullable(text), agency: nullable(text), seal_key: nullable(sealKeyText) }),
  title: text,
  slots: record(id, text),
  order: list(id),
  picks: list(pickShape),
  policy: text,
  terms: text,
  exp: time,
  version,
  created: time,
  passcode: maybe(text),
});

export type Own = {
  readonly secret: string;
  readonly to: To;
  readonly purpose: string;
  /** slot id → `type.field` */
  readonly slots: Readonly<Record<string, string>>;
  readonly order: readonly string[];
  readonly picks: readonly Pick[];
  readonly policy: string;
  readonly terms: string;
  readonly exp: number;
  readonly version: number;
  readonly created: number;
  readonly standing: boolean;
  readonly passcode: string | null;
};

/** The same record as the command line's: either opens what the other has shared. */
export function ownRecord(prepared: Prepared): JsonObject {
  const { grant, secret, to, conditions, slots, picks, policy, terms, exp, version } = prepared;
  return {
    ...{ v: 1, kind: 'grant', grant, secret, recipient: to.name },
    to: { name: to.name, address: to.address, agency: to.agency, seal_key: to.sealKey },
    title: conditions.purpose,
    slots: Object.fromEntries(slots.map((one) => [one.slot, one.name])),
    order: slots.map((one) => one.slot),
    picks: picks.map((one) => ({ ...one })),
    ...{ policy, terms, exp, version, standing: conditions.standing, created: exp - conditions.life },
    ...(conditions.passcode === null ? {} : { passcode: conditions.passcode }),
    ...(conditions.request === null ? {} : { request: conditions.request }),
  };
}

/** HolderError `unknown-record`: written by a program that this one does not know. */
export function readOwn(item: Item): Own {
  try {
    const { secret, to, title, slots, order, picks, policy, terms, exp, version, created, passcode } = ownShape(
      item.payload,
    );
    return {
      ...{ secret, purpose: title, slots, order, picks, policy, terms, exp, version, created },
      to: { name: to.name, address: to.address, agency: to.agency, sealKey: to.seal_key },
      standing: item.payload.standing === true,
      passcode: passcode ?? null,
    };
  } catch (error) {
    throw new HolderError('unknown-record', { id: item.id }, error);
  }
}
