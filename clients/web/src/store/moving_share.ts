/**
 * A share of the old place, as the archive tells of it (`shares.json`). Whoever made the archive wrote it: it is a proposal
 * that the holder looks at and releases like any other, never a share.
 */
import { id, integer, list, maybe, nullable, one, open, record, text, time } from '../formats/shape.ts';
import type { JsonObject } from '../formats/strict_json.ts';

const shape = open({
  grant: id,
  recipient: text,
  to: maybe(open({ name: text, agency: maybe(nullable(text)) })),
  title: text,
  slots: record(id, text),
  picks: maybe(
    list(
      open({
        document: id,
        field: nullable(text),
        value: integer(),
        file: nullable(integer()),
        derived: nullable(one('valid-today', 'adult-today')),
      }),
    ),
  ),
  exp: time,
});

export type Share = {
  readonly grant: string;
  readonly name: string;
  /** The office's id in the registry; null: a link for anybody. */
  readonly agency: string | null;
  readonly purpose: string;
  /** `type.field` of each slot. */
  readonly fields: readonly string[];
  readonly picks: readonly {
    readonly document: string;
    readonly field: string | null;
    readonly value: number;
    readonly file: number | null;
    readonly derived: 'valid-today' | 'adult-today' | null;
  }[];
  readonly exp: number;
  readonly standing: boolean;
};

/** null: written by a program that this one does not know, or by nobody's. */
export function readShare(value: JsonObject): Share | null {
  try {
    const { grant, recipient, to, title, slots, picks, exp } = shape(value);
    return {
      ...{ grant, purpose: title, exp },
      name: to?.name ?? recipient,
      agency: to?.agency ?? null,
      fields: Object.values(slots),
      picks: picks ?? [],
      standing: value.standing === true,
    };
  } catch {
    return null;
  }
}
