/**
 * Writes into each page which file holds the texts of which language. The server reads it (`app/hints.py`) and names the
 * visitor's file in the answer's header, so that it comes beside the scripts and not after them.
 */
import type { Plugin } from 'vite';
import { languages, PAGES } from './texts.ts';

/** Which texts a page has; the frame that paints papers has none. */
const textsOf = (page: string) => (page === 'app' ? 'app' : 'recipient');

export function tonguesPlugin(): Plugin {
  return {
    name: 'mappe-tongues',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_, { bundle, path }) {
        if (bundle === undefined) return [];
        const chunks = Object.values(bundle).filter((one) => one.type === 'chunk');
        const page = textsOf(path.replace(/^\/|\.html$/g, ''));
        if (PAGES[page] === undefined) throw new Error(`${page} has no texts`);
        const rows = languages(page).map((tag) => {
          const file = chunks.find((one) => one.moduleIds.includes(`\0virtual:texts/${page}/${tag}`))?.fileName;
          if (file === undefined) throw new Error(`${page} has no file for ${tag}`);
          return `${tag}=/${file}`;
        });
        return [{ tag: 'meta', attrs: { name: 'texts', content: rows.join(' ') }, injectTo: 'head' }];
      },
    },
  };
}
