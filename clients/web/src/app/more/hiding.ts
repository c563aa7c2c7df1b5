/** Quick hide: the wallet locks, and the screen shows a clock. Three taps on it lead back to the door. */
import { replace } from '../router.ts';
import { lock } from '../session.ts';

export function hideNow(): void {
  // Locked first: whatever happens to the screen afterwards, the keys are gone.
  lock();
  replace('hidden');
}
