/** To another server, or into a fresh wallet: the same four steps in the same order, the old one last. */
import type { Key } from '../../i18n/index.ts';
import { Label, List, Notice, Row, Screen } from '../../ui/kit.tsx';
import { back, href } from '../router.ts';
import { numberOf } from './words.ts';

const STEPS: readonly { readonly text: Key; readonly to?: string }[] = [
  { text: 'more.move.one', to: 'export' },
  { text: 'more.move.two', to: 'wallets' },
  { text: 'more.move.three' },
  { text: 'more.move.four', to: 'delete' },
];

export default function Move() {
  return (
    <Screen title={<Label k="more.move.title" />} back={back}>
      <p>
        <Label k="more.move.what" />
      </p>
      <List>
        {STEPS.map(({ text, to }, at) => (
          <Row
            key={text}
            title={
              <>
                {numberOf(at + 1)}. <Label k={text} />
              </>
            }
            {...(to === undefined ? {} : { href: href(to) })}
          />
        ))}
      </List>
      <p>
        <Label k="more.move.address" />
      </p>
      <Notice kind="info">
        <Label k="more.move.shares" />
      </Notice>
    </Screen>
  );
}
