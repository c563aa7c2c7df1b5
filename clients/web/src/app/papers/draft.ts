/**
 * Pages on their way into the wallet. They live in this tab's memory only until somebody says "use": from then on they lie
 * sealed on the shelf, whatever happens to the tab.
 */
import { effect, signal } from '@preact/signals';
import type { Quad } from '../../camera/edges.ts';
import type { Seen, Turn } from '../../camera/photo.ts';
import type { Attachment } from '../../formats/attachment.ts';
import { t } from '../../i18n/index.ts';
import { today } from '../../store/dates.ts';
import { addFiles, addPaper } from '../../store/papers.ts';
import type { Vault } from '../../store/vault.ts';
import { wallet } from '../session.ts';

export type Photo = {
  readonly photo: Blob;
  /** What the screen shows of it. */
  readonly preview: Blob;
  /** The size of the picture as it stands upright. */
  readonly width: number;
  readonly height: number;
  readonly quad: Quad | null;
  readonly turn: Turn;
  readonly clear: boolean;
};
export type Draft = {
  /** More pages of a paper that is there; null: a new one. */
  readonly paper: string | null;
  readonly person: string | null;
  readonly pages: readonly Photo[];
};

/** Memory: a phone holds so many photos; a file of 800 pages comes as a PDF. */
export const MOST_PAGES = 40;

export const draft = signal<Draft>({ paper: null, person: null, pages: [] });

// Whoever opens a wallet next in this tab, perhaps another one, finds no pages of this one.
effect(() => {
  if (wallet.value === null) draft.value = { paper: null, person: null, pages: [] };
});

export function begin(paper: string | null, person: string | null): void {
  draft.value = { paper, person, pages: [] };
}

export function put(index: number, page: Photo | null): void {
  const pages = [...draft.value.pages];
  if (page === null) pages.splice(index, 1);
  else pages[index] = page;
  draft.value = { ...draft.value, pages };
}

export async function photoOf(photo: Blob): Promise<Photo> {
  const { look } = await import('../../camera/studio.ts');
  const { usual, width, height, preview }: Seen = await look(photo);
  return { photo, preview: preview ?? photo, width, height, ...usual };
}

/** One page stays a picture; several become one PDF. */
export async function bound(
  pages: readonly Photo[],
  done: (n: number) => void,
): Promise<{ blob: Blob; name: string; media: string }> {
  const { make } = await import('../../camera/studio.ts');
  const made = [];
  for (const { photo, quad, turn, clear } of pages) {
    made.push(await make(photo, { quad, turn, clear }));
    done(made.length);
  }
  const [first] = made;
  if (made.length === 1 && first !== undefined) {
    return { blob: first.jpeg, name: `${today()}.jpg`, media: 'image/jpeg' };
  }
  const { jpegsToPdf } = await import('../../camera/pdf.ts');
  const read = made.map(async ({ jpeg, width, height }) => ({
    jpeg: new Uint8Array(await jpeg.arrayBuffer()),
    width,
    height,
  }));
  const pdf = jpegsToPdf(await Promise.all(read));
  return { blob: new Blob([pdf], { type: 'application/pdf' }), name: `${today()}.pdf`, media: 'application/pdf' };
}

/** The paper's id; a new one is kept at once under a plain title, and named in the next step. */
export async function keep(vault: Vault, files: readonly Attachment[], { paper, person }: Draft): Promise<string> {
  if (paper !== null) {
    await addFiles(vault, paper, files);
    return paper;
  }
  return addPaper(vault, {
    type: 'other_paper',
    title: t('papers.new'),
    ...(person === null ? {} : { person }),
    attachments: files,
  });
}
