/**
 * How the wallets on one phone are told apart: a sign for each, and a word if the holder wants one. Both stay on this
 * device and lie in the open, because they are needed before a wallet is unlocked.
 */
import { composed } from '../store/values.ts';

/** Each has a shape and a colour of its own: who cannot see the one sees the other. */
export const SIGNS = ['tree', 'star', 'fish', 'heart', 'moon', 'flower', 'bird', 'sun'] as const;
export type Sign = (typeof SIGNS)[number];

/** Characters: one line beside the sign, on the smallest phone. */
export const MAX_NAME = 24;

export function isSign(value: unknown): value is Sign {
  return SIGNS.includes(value as Sign);
}

/** As it is kept: without marks that turn the line around, and in one line. */
export function nameOf(typed: string): string {
  return [...composed(typed).replace(/\s+/g, ' ').trim()].slice(0, MAX_NAME).join('');
}
