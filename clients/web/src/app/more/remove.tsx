/** The passkey goes: whoever could use it cannot come in any more, so every key becomes new. */
import { HolderError } from '../../errors.ts';
import { wallet } from '../session.ts';
import { Relock } from './relock.tsx';

export default function Remove() {
  const open = wallet.value;
  if (open === null) return null;
  const passkey = open.methods().find((one) => one.kind === 'passkey');
  return (
    <Relock
      title="more.remove.question"
      what={['more.remove.what', 'more.out.others']}
      yes="more.passkey.remove"
      deed={(proof, steps) => {
        if (passkey === undefined) throw new HolderError('no-passkey');
        return open.removeMethod(passkey.id, proof, steps);
      }}
      then="methods"
    />
  );
}
