/** A value as people read it: the holder's preview and the recipient's page draw it with the same few lines. */
import type { Shown } from '../redeem/value.ts';
import { Foreign } from './parts.tsx';

export function ShownValue({ shown }: { shown: Shown }) {
  if ('text' in shown) return <Foreign text={shown.text} />;
  return (
    <dl>
      {shown.parts.map(({ name, value }) => (
        <div key={name}>
          <dt>
            <Foreign text={name} />
          </dt>
          <dd>
            <ShownValue shown={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
