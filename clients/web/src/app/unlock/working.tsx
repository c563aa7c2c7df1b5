import { Progress } from '../../ui/kit.tsx';
import { type Opening, stepText } from './opening.ts';

/** How far it is: seconds on a cheap phone, so something must move. */
export function Working({ opening }: { opening: Opening }) {
  if (!opening.busy.value) return null;
  const now = opening.step.value;
  return (
    <div role="status">
      <Progress value={now?.share} label={stepText(now?.step ?? 'open')} />
    </div>
  );
}
