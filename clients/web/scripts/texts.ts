/** `virtual:texts/PAGE`: a loader a language; `virtual:texts/PAGE/LANGUAGE`: the catalogues of the page's areas as one. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

export const FOLDER = join(import.meta.dirname, '..', 'src', 'i18n', 'texts');
export const PAGES: Readonly<Record<string, readonly string[]>> = {
  recipient: ['recipient', 'common'],
  app: ['shell', 'unlock', 'papers', 'share', 'audit', 'inbox', 'more', 'devices', 'common'],
};
const PREFIX = 'virtual:texts/';
/** How far a language is: `translating` (what it lacks is shown in English), `drafted`, `reviewed`. */
export type State = 'translating' | 'drafted' | 'reviewed';
export const STATES = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'src', 'i18n', 'states.json'), 'utf8'),
) as Readonly<Record<string, State>>;

const file = (area: string, language: string) => join(FOLDER, area, `${language}.json`);

/** The languages in which every area of the page has a catalogue. */
export function languages(page: string): string[] {
  const areas = PAGES[page] ?? [];
  return readdirSync(join(FOLDER, areas[0] as string))
    .map((name) => name.replace(/\.json$/, ''))
    .filter((language) => areas.every((area) => existsSync(file(area, language))));
}

export function textsPlugin(): Plugin {
  return {
    name: 'mappe-texts',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const [page = '', language] = id.slice(PREFIX.length + 1).split('/');
      if (language === undefined) {
        const rows = languages(page).map((tag) => `${JSON.stringify(tag)}: () => import('${PREFIX}${page}/${tag}')`);
        return `export default {${rows.join(', ')}};`;
      }
      const merged: Record<string, string> = {};
      const sources = STATES[language] === 'translating' ? ['en', language] : [language];
      for (const source of sources) {
        for (const area of PAGES[page] ?? []) {
          this.addWatchFile(file(area, source));
          Object.assign(merged, JSON.parse(readFileSync(file(area, source), 'utf8')));
        }
      }
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(merged))});`;
    },
  };
}
