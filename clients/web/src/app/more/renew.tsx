/** A new long number: the one on the old sheet stops working, and so does that sheet. */
import { wallet } from '../session.ts';
import { Relock } from './relock.tsx';

export default function Renew() {
  const open = wallet.value;
  if (open === null) return null;
  return (
    <Relock
      title="more.renew.title"
      what={['more.renew.what', 'more.out.others']}
      yes="more.renew.yes"
      deed={(proof, steps) => open.renewPassphrase(proof, steps)}
      digits
      then="methods"
    />
  );
}
