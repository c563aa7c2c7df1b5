/** What quick hide does and what it cannot do; tried out before it is needed. */
import { Button, Label, Notice, Screen } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import { hideNow } from './hiding.ts';

export default function Hide() {
  return (
    <Screen
      title={<Label k="more.hide.title" />}
      back={back}
      foot={
        <Button icon="hide" onClick={hideNow}>
          <Label k="more.hide.try" />
        </Button>
      }
    >
      <p>
        <Label k="more.hide.what" />
      </p>
      <p>
        <strong>
          <Label k="more.hide.back" />
        </strong>
      </p>
      <p>
        <Label k="more.hide.name" />
      </p>
      <p>
        <Label k="more.hide.messages" />
      </p>
      <Notice kind="info">
        <Label k="more.hide.limit" />
      </Notice>
    </Screen>
  );
}
