/** In which language a person reads what they agree to. */
import { HolderError } from '../../errors.ts';
import type { Basis } from '../../grant/texts.ts';

type Load = (basis: Basis, language: string) => Promise<unknown>;

/** The person's own if there is such a text, else German, and the screen says so: somebody should explain it. */
export async function languageFor(basis: Basis, language: string, load: Load): Promise<string> {
  try {
    await load(basis, language);
    return language;
  } catch (error) {
    if (error instanceof HolderError && error.code === 'no-text') return 'de';
    throw error;
  }
}
