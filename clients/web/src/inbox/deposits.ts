/** Deposits: a code through which others put papers in and read nothing (deposit.md). Twin of mappe.holder.deposits. */
import { HolderError } from '../errors.ts';
import type { Manifest } from '../formats/deposit.ts';
import type { Registry } from '../formats/registry.ts';
import type { Vault } from '../store/vault.ts';

/** Long enough for one visit at a desk. */
export const DEFAULT_LIFE = 3600;
export const DEFAULT_FILES = 20;
export const DEFAULT_BYTES = 100 * 1024 * 1024;

export type Code = {
  readonly code: string;
  readonly label: string;
  readonly exp: number;
  readonly link: string;
  readonly state: 'open' | 'ended' | 'unknown';
  readonly filesLeft: number | null;
  readonly bytesLeft: number | null;
};

/** One file in quarantine. `manifest` null: not sealed for this wallet, it can only be discarded. */
export type Received = {
  readonly code: string;
  readonly item: string;
  readonly manifest: Manifest | null;
  readonly name: string;
  readonly media: string;
  readonly note: string;
  /** Who it is from, if a signature proves it; null: unknown sender. */
  readonly sender: string | null;
  /** What the sender says about itself, unproven. */
  readonly claimed: string | null;
  readonly size: number;
  readonly received: number;
  readonly until: number;
};

/** A code with a key of its own; the URL to show as QR. */
export async function newCode(
  _vault: Vault,
  _options: { label: string; life?: number; files?: number; bytes?: number },
): Promise<{ code: string; link: string; exp: number }> {
  throw new HolderError('not-built');
}

export async function codes(_vault: Vault): Promise<Code[]> {
  throw new HolderError('not-built');
}

export async function endCode(_vault: Vault, _code: string): Promise<void> {
  throw new HolderError('not-built');
}

export async function inbox(_vault: Vault, _registry: Registry | null): Promise<Received[]> {
  throw new HolderError('not-built');
}

/** Fetches and verifies a file still in quarantine. Made by a stranger: show as a picture only. HolderError `unreadable`. */
export async function look(_vault: Vault, _received: Received, _progress?: (share: number) => void): Promise<Blob> {
  throw new HolderError('not-built');
}

/** A file out of quarantine becomes a paper; its id. Safe to call again when it broke off. */
export async function keep(
  _vault: Vault,
  _received: Received,
  _options?: { type?: string; title?: string; person?: string },
): Promise<string> {
  throw new HolderError('not-built');
}

export async function discard(_vault: Vault, _received: Received): Promise<void> {
  throw new HolderError('not-built');
}
