/** The sign of a wallet: white on a disk of its own colour. Always beside a word, so that it is heard as well. */
import type { Sign } from '../../unlock/sign.ts';
import { Icon } from './icon.tsx';

export function SignOf({ sign }: { sign: Sign }) {
  return (
    <span class={`sign sign-${sign}`}>
      <Icon name={sign} />
    </span>
  );
}
