/** Hands a file to the browser's own saving. */

/** Milliseconds: some browsers read the address only after the click has returned. */
const KEPT = 60_000;

export function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT);
}
