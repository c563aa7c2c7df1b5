/** A file still in quarantine: fetched piece by piece, nothing given out before the whole is verified. */
import { body, Problem } from '../api/http.ts';
import { verified } from '../audit/server_keys.ts';
import { type Attachment, Opener, storedSize } from '../formats/attachment.ts';
import { Refusal, refuse } from '../formats/errors.ts';
import type { Vault } from '../store/vault.ts';

/** Bytes a request: progress for the person, and little is lost when the line breaks. */
const PIECE = 4 * 1024 * 1024;
const TRIES = 4;
/** Milliseconds; each further try waits once more as long. */
const PAUSE = 500;

export async function fetchDeposit(
  vault: Vault,
  { code, item }: { readonly code: string; readonly item: string },
  attachment: Attachment,
  media: string,
  progress: (share: number) => void = () => undefined,
): Promise<Blob> {
  const total = storedSize(attachment.size, attachment.chunk);
  return verified(async () => {
    const opener = new Opener(attachment);
    const parts: Blob[] = [];
    for (let offset = 0; offset < total; ) {
      const end = Math.min(total, offset + PIECE);
      const piece = await again(() => part(vault, `/v1/deposits/${code}/${item}`, offset, end, total));
      for (const plain of await opener.push(piece)) parts.push(new Blob([plain]));
      offset = end;
      progress(offset / total);
    }
    await opener.end();
    return new Blob(parts, { type: media });
  });
}

async function part(vault: Vault, path: string, start: number, end: number, total: number) {
  const whole = start === 0 && end === total;
  const response = await vault.server.stream(path, { method: 'GET', ...(whole ? {} : { start, end }) });
  const piece = await body(response, end - start, () => new Refusal('trailing-data'));
  if (piece.length < end - start) refuse('truncated');
  return piece;
}

async function again<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      const lost = error instanceof Problem && (error.status === 0 || error.status >= 500);
      if (!lost || attempt === TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE * attempt));
  }
}
