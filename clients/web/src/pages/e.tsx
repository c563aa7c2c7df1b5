import { begin, desk } from '../redeem/desk_state.ts';
import { DeskView } from '../redeem/desk_view.tsx';
import { onNewFragment, takeFragment } from '../ui/fragment.ts';
import { page } from '../ui/shell.tsx';

// A code in the address is another page's: its place is the camera of the app.
const wander = () => {
  desk.value = { at: 'phone' };
};
onNewFragment(wander);
if (takeFragment() !== null) wander();
else void begin();
await page('desk.title', () => <DeskView />, 'desk.footer');
