/**
 * The registry for a page without a wallet: its roots come from the server that also serves the page, so it proves what an
 * office signed as far as that server is trusted. Asked for once, and only where there is a mark to check.
 */
import { Problem, Server, serverNow } from '../api/http.ts';
import { Refusal } from '../formats/errors.ts';
import { type Registry, readRegistry, readRoots } from '../formats/registry.ts';

let asked: Promise<Registry | null> | undefined;

export function pageRegistry(): Promise<Registry | null> {
  asked ??= fetched();
  return asked;
}

async function fetched(): Promise<Registry | null> {
  try {
    const server = new Server(location.origin);
    const [roots, document] = [await server.text('/v1/registry/roots'), await server.text('/v1/registry')];
    return (await readRegistry(document, readRoots(roots), serverNow())).registry;
  } catch (error) {
    asked = undefined; // another time it may be there
    if (error instanceof Problem || error instanceof Refusal) return null;
    throw error;
  }
}
