/** Attachments: sealed chunk by chunk on the way out, verified chunk by chunk on the way in (attachment.md). */
import { notBuilt } from '../errors.ts';
import type { Attachment } from '../formats/attachment.ts';
import type { Vault } from './vault.ts';

/** Stored bytes. */
export type Progress = (done: number, total: number) => void;

/** Sends a file now and goes on where an earlier try stopped. Without a network use `vault.outbox.file`. */
export function upload(
  vault: Vault,
  blob: Blob,
  about: { readonly name: string; readonly media: string },
  progress?: Progress,
): Promise<Attachment> {
  void [vault, blob, about, progress];
  return notBuilt();
}

/** From the shelf where it lies, else from the server. ServerLied when a chunk is altered, moved, missing or too much. */
export function download(vault: Vault, attachment: Attachment, progress?: Progress): Promise<Blob> {
  void [vault, attachment, progress];
  return notBuilt();
}

/** The wallet's own reference goes; the bytes go with the last grant that uses them. */
export function drop(vault: Vault, attachment: Attachment): Promise<void> {
  void [vault, attachment];
  return notBuilt();
}

/** Whether `download` works without a network. */
export function isHere(vault: Vault, attachment: Attachment): Promise<boolean> {
  void [vault, attachment];
  return notBuilt();
}
