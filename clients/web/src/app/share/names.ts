/** What a slot is called in the holder's language: `type.field`, a file, or a derived answer. */
import { type Named, named } from '../../i18n/fields.ts';
import { type Key, t } from '../../i18n/index.ts';

/** Questions that are answered with yes or no (fields.md, "Derived answers"), as slots name them. */
const DERIVED: Readonly<Record<string, Key>> = {
  valid_today: 'share.derived.valid',
  adult_today: 'share.derived.adult',
};

export function slotNamed(name: string): Named {
  const field = name.slice(name.indexOf('.') + 1);
  const found = named(name);
  if (field === 'file') return { ...found, field: t('slot.file') };
  const question = Object.hasOwn(DERIVED, field) ? DERIVED[field] : undefined;
  return question === undefined ? found : { ...found, field: t(question) };
}

export function typeNamed(type: string): string {
  return named(`${type}.`).paper;
}
