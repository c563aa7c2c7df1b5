/** Holders and papers for tests: invented names only. */

import type { JsonObject } from '../../src/formats/strict_json.ts';
import { MemoryShelf } from '../../src/store/memory.ts';
import { type Secrets, Wallet } from '../../src/unlock/wallet.ts';

export type Person = { readonly wallet: Wallet; readonly secrets: Secrets; readonly shelf: MemoryShelf };

export async function newPerson(origin: string): Promise<Person> {
  const shelf = new MemoryShelf();
  const { wallet, secrets } = await Wallet.create(shelf, { origin, smallMemory: true });
  return { wallet, secrets, shelf };
}

/** The same wallet on a second device, whose holder has said that it is theirs. */
export async function secondDevice(
  origin: string,
  { secrets }: Person,
  shelf = new MemoryShelf(),
  floor = 0,
): Promise<Wallet> {
  const wallet = await Wallet.adopt(shelf, { origin, handle: secrets.handle, passphrase: secrets.passphrase, floor });
  await wallet.mine();
  return wallet;
}

export function child(label: string): JsonObject {
  return { v: 1, kind: 'person', label, relation: 'child', created: 1 };
}

export function paper(title: string, value = '2027-01-01'): JsonObject {
  return {
    v: 1,
    kind: 'document',
    type: 'residence_title',
    title,
    created: 1,
    updated: 1,
    state: 'present',
    fields: {
      date_of_expiry: [{ value, assurance: 'self-declared', source: '', as_of: '2026-11-01', evidence: [] }],
    },
    attachments: [],
  };
}

/** The code with which something ends. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
  return 'went well';
}
