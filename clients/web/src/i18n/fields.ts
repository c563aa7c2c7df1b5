/** Names of papers and fields in the reader's language. Unknown ones are shown under their id, never hidden. */

import type { Field, default as Module } from 'virtual:catalogue/de';
import { signal } from '@preact/signals';
import { type Language, language, t } from './index.ts';

export type Catalogue = typeof Module;
export type { Field };

type Load = () => Promise<{ default: Catalogue }>;
const loaders: Partial<Record<Language, Load>> & { en: Load } = {
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
const loaded = signal<Partial<Record<Language, Catalogue>>>({});
const asked = new Set<Language>();

function catalogue(): Catalogue | undefined {
  const now = language.value;
  if (!asked.has(now)) {
    asked.add(now);
    (loaders[now] ?? loaders.en)().then(
      (module) => {
        loaded.value = { ...loaded.value, [now]: module.default };
      },
      () => asked.delete(now),
    );
  }
  return loaded.value[now];
}

function own<T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}

export type Named = { readonly paper: string; readonly field: string; readonly spec: Field | undefined };

/** `name` is `type.field`. */
export function named(name: string): Named {
  const dot = name.indexOf('.');
  const typeId = dot < 0 ? name : name.slice(0, dot);
  const fieldId = dot < 0 ? '' : name.slice(dot + 1);
  const table = catalogue();
  const type = own(table?.types, typeId);
  const spec = own(type?.fields, fieldId);
  return {
    paper: type?.label ?? (table === undefined ? typeId : t('other.papers')),
    field: spec?.label ?? (type === undefined ? name : fieldId),
    spec,
  };
}

export function reason(id: string): string {
  return own(catalogue()?.reasons, id) ?? id;
}
