/** Done. The digits prove to the clerk that this answer comes from the person before them. */
import { Button, Digits, Foreign, Label, Notice, Screen } from '../../ui/kit.tsx';
import { go, replace } from '../router.ts';
import { Gone } from './gone.tsx';
import { done } from './state.ts';
import './share.css';

export default function Answered() {
  const now = done.value;
  if (now === null) return <Gone />;
  const { digits, grant, name } = now;
  return (
    <Screen
      title={<Label k={digits === null ? 'share.answered.sent' : 'share.answered.title'} />}
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
      {digits !== null && (
        <>
          <p>
            <Label k="share.answered.digits" />
          </p>
          <p class="clerk-digits">
            <Digits blocks={[digits.slice(0, 3), digits.slice(3)]} large />
          </p>
        </>
      )}
      <Notice kind="ok">
        <p>
          <Foreign text={name} lang="de" />
        </p>
        <p>
          <Label k="share.answered.text" />
        </p>
      </Notice>
    </Screen>
  );
}
