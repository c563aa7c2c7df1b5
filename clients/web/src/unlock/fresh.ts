/**
 * A minute with an unlocked phone must not be enough: what lets somebody else in for good, takes everything along or ends
 * the wallet asks for a proof that has just been given (wallet.md, "A fresh proof").
 */
import { HolderError } from '../errors.ts';

/** Seconds. Enough to type six digits, choose and tap; too few for a hand that has only just taken the phone. */
export const PROOF_SECONDS = 60;
/**
 * Seconds in which a device that has just come in gets its first number without another proof: somebody writes 24 digits
 * down, prints a sheet, is asked whose wallet it is. There is no number yet that a stranger could replace.
 */
export const ARRIVAL_SECONDS = 900;

/** By two clocks: the first can be put back, the second sleeps with the phone. */
type Moment = { readonly clock: number; readonly steady: number };

const now = (): Moment => ({ clock: Date.now(), steady: performance.now() });

function within(then: Moment | null, seconds: number): boolean {
  if (then === null) return false;
  const { clock, steady } = now();
  const [gone, ran] = [clock - then.clock, steady - then.steady];
  return gone >= 0 && gone < seconds * 1000 && ran < seconds * 1000;
}

/** When the person at this device has last proved to be the holder. In memory only. */
export class Fresh {
  private proved: Moment | null = null;
  private arrived: Moment | null = null;

  prove(): void {
    this.proved = now();
  }

  /** The wallet has just come to this device, or its locks are new: in both cases it has no number yet. */
  arrive(): void {
    this.arrived = now();
    this.prove();
  }

  get is(): boolean {
    return within(this.proved, PROOF_SECONDS);
  }

  /** HolderError `proof-needed`. */
  demand(): void {
    if (!this.is) throw new HolderError('proof-needed');
  }

  /** It has its first number: whoever takes that away does not get to set another one so. */
  settle(): void {
    this.arrived = null;
  }

  /** The same for the number of this device; `has`: there is one already. */
  demandForPin(has: boolean): void {
    if (has || !within(this.arrived, ARRIVAL_SECONDS)) this.demand();
  }
}
