/** Given to the person in front of the holder. */
import { Button, Label, Notice, Screen } from '../../ui/kit.tsx';
import { go, replace } from '../router.ts';
import type { Params } from '../routes.ts';
import './share.css';

export default function Handed({ params: [grant = ''] }: { params: Params }) {
  return (
    <Screen
      title={<Label k="share.here.done" />}
      foot={
        <>
          <Button onClick={() => replace('share')}>
            <Label k="share.answered.ok" />
          </Button>
          <Button kind="quiet" onClick={() => go('running', grant)}>
            <Label k="share.answered.end" />
          </Button>
        </>
      }
    >
      <Notice kind="ok">
        <Label k="share.here.done.text" />
      </Notice>
    </Screen>
  );
}
