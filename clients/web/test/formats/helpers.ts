import { expect } from 'vitest';
import { Refusal } from '../../src/formats/errors.ts';

export async function refused(code: string, run: () => unknown): Promise<Refusal> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).code).toBe(code);
    return error as Refusal;
  }
  throw new Error(`not refused; wanted ${code}`);
}

/** For tests that are nothing else. */
export function refusing<A extends unknown[]>(code: string, run: (...args: A) => unknown) {
  return async (...args: A): Promise<void> => {
    await refused(code, () => run(...args));
  };
}
