/** Names of papers and fields in the reader's language. Unknown ones are shown under their id, never hidden. */

import type { Catalogue, Codes, Field, Paper } from 'virtual:catalogue/de';
import { signal } from '@preact/signals';
import { type Language, language, t } from './index.ts';

export type { Catalogue, Codes, Field, Paper };

type Load = () => Promise<{ default: Catalogue }>;
export type Loaders = Readonly<Partial<Record<string, Load>>>;

let loaders: Loaders = {
  de: () => import('virtual:catalogue/de'),
  // The plain catalogue speaks to the holder ("my pass"); whoever reads here is somebody else.
  'de-x-plain': () => import('virtual:catalogue/de'),
  en: () => import('virtual:catalogue/en'),
  ar: () => import('virtual:catalogue/ar'),
  fa: () => import('virtual:catalogue/fa'),
  ps: () => import('virtual:catalogue/ps'),
  kmr: () => import('virtual:catalogue/kmr'),
  ti: () => import('virtual:catalogue/ti'),
  tr: () => import('virtual:catalogue/tr'),
  uk: () => import('virtual:catalogue/uk'),
  ru: () => import('virtual:catalogue/ru'),
  fr: () => import('virtual:catalogue/fr'),
  so: () => import('virtual:catalogue/so'),
};
const loaded = signal<Readonly<Record<string, Catalogue>>>({});
const asked = new Set<string>();

/** The holder's app has a catalogue of its own (`virtual:catalogue/app`): once, before anything is shown. */
export function setLoaders(others: Loaders): void {
  loaders = others;
}

/** undefined while it is on its way: whoever reads this in a view is drawn again when it is there. */
export function catalogue(tag: Language = language.value): Catalogue | undefined {
  if (!asked.has(tag)) {
    asked.add(tag);
    const load = loaders[tag] ?? loaders.en;
    load?.().then(
      (module) => {
        loaded.value = { ...loaded.value, [tag]: module.default };
      },
      () => asked.delete(tag),
    );
  }
  return loaded.value[tag];
}

function own<T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}

export type Named = { readonly paper: string; readonly field: string; readonly spec: Field | undefined };

/** `name` is `type.field`. */
export function named(name: string, tag?: Language): Named {
  const dot = name.indexOf('.');
  const typeId = dot < 0 ? name : name.slice(0, dot);
  const fieldId = dot < 0 ? '' : name.slice(dot + 1);
  const table = catalogue(tag);
  const type = own(table?.types, typeId);
  const spec = own(type?.fields, fieldId);
  return {
    paper: type?.label ?? (table === undefined ? typeId : t('other.papers')),
    field: spec?.label ?? (type === undefined ? name : fieldId),
    spec,
  };
}

/** undefined: this version does not know the kind of paper, or the catalogue is on its way. */
export function paper(typeId: string, tag?: Language): Paper | undefined {
  return own(catalogue(tag)?.types, typeId);
}

export function reason(id: string): string {
  return own(catalogue()?.reasons, id) ?? id;
}

/** A word of one of the catalogue's lists (`assurance`, `substitute`, …); in the app only. */
export function word(vocabulary: string, id: string): string {
  return own(own(catalogue()?.vocabularies, vocabulary), id) ?? id;
}

export function words(vocabulary: string): Codes {
  return own(catalogue()?.vocabularies, vocabulary) ?? {};
}

/** Every type of paper, in the catalogue's order; empty until the catalogue is here. */
export function paperTypes(): { id: string; label: string }[] {
  return Object.entries(catalogue()?.types ?? {}).map(([id, { label }]) => ({ id, label }));
}
