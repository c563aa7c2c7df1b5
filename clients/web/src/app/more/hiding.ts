/** Quick hide: the wallet locks, and the screen shows a clock or an empty page. Three taps on the clock lead back to the door. */
import { replace } from '../router.ts';
import { lock } from '../session.ts';
import { settings } from './settings.ts';

export function hideNow(): void {
  // Locked first: whatever happens to the screen afterwards, the keys are gone.
  lock();
  if (settings.value.face === 'blank') location.replace('about:blank');
  else replace('hidden');
}
