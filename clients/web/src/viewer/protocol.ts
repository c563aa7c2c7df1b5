/** What the page and the frame that paints papers say to each other. The frame gets bytes and gives pixels and numbers. */
export type ToFrame =
  | {
      readonly kind: 'show';
      readonly media: string;
      readonly bytes: ArrayBuffer;
      readonly words: { readonly page: string };
      /** The text of pdf.js, where it is needed. */
      readonly code?: string;
    }
  | { readonly kind: 'zoom'; readonly factor: number };

export type FromFrame =
  | { readonly kind: 'ready' }
  | { readonly kind: 'shown'; readonly pages: number }
  | { readonly kind: 'failed'; readonly why: string };

const PAINTED = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/bmp', 'image/avif', 'application/pdf'];

/** Everything else is text or a download: SVG and HTML can do things. */
export const isPainted = (media: string): boolean => PAINTED.includes(media);

/** Nothing that a frame says is trusted: numbers and one of three words. */
export function readFrame(data: unknown): FromFrame | null {
  if (data === null || typeof data !== 'object') return null;
  const { kind, pages, why } = data as { kind?: unknown; pages?: unknown; why?: unknown };
  if (kind === 'ready') return { kind };
  if (kind === 'shown' && typeof pages === 'number' && Number.isSafeInteger(pages) && pages > 0) return { kind, pages };
  if (kind === 'failed') return { kind, why: typeof why === 'string' ? why.slice(0, 60) : '' };
  return null;
}
