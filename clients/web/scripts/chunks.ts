/**
 * Few files for the first screen. Each costs a round trip on a slow line, and a browser fetches six at a time (HTTP/1.1), so
 * forty small ones are seven waves. What the app's page and its door are made of goes into three: `base` (the pages of
 * recipients have it too), `shared` (only the larger ones of them), `app`. Everything else stays apart and is loaded
 * when a screen needs it.
 */
import { resolve } from 'node:path';

type Graph = { getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null };
export type Group = (id: string, graph: Graph) => string | null;

const SRC = resolve(import.meta.dirname, '..', 'src');
const PAGE = 'pages/app.tsx';
const APP = [PAGE, 'app/unlock/start.tsx'];
const SMALL_PAGES = ['pages/index.tsx', 'pages/a.tsx', 'pages/r.tsx'];
const LARGE_PAGES = ['pages/g.tsx', 'pages/d.tsx', 'pages/e.tsx'];
/** Named by the barrel of parts (`ui/kit.tsx`), but on no first screen: its library is as large as half the rest. */
const NOT_FIRST = ['ui/kit/qr.tsx'];

/** What these import, without a detour over `import()`. */
function closure(entries: readonly string[], graph: Graph): Set<string> {
  const left = new Set(NOT_FIRST.map((name) => resolve(SRC, name)));
  const found = new Set<string>();
  const walk = (id: string) => {
    if (found.has(id) || left.has(id)) return;
    found.add(id);
    for (const next of graph.getModuleInfo(id)?.importedIds ?? []) walk(next);
  };
  for (const name of entries) walk(resolve(SRC, name));
  return found;
}

/** The name of a module's file; null: rolldown decides. */
export function chunkOf(): Group {
  let sets: readonly Set<string>[] | undefined;
  return (id, graph) => {
    sets ??= [APP, SMALL_PAGES, LARGE_PAGES].map((entries) => closure(entries, graph));
    const [app, small, large] = sets as [Set<string>, Set<string>, Set<string>];
    // The page itself begins the app when its file is run: it stays apart from what other pages take out of these.
    if (!app.has(id) || id === resolve(SRC, PAGE)) return null;
    return small.has(id) ? 'base' : large.has(id) ? 'shared' : 'app';
  };
}
