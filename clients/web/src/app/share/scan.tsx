/** Point the camera at a code. An office's request opens here; what is for somebody else is named. */
import { useState } from 'preact/hooks';
import { Scanner } from '../../scan/scanner.tsx';
import { readTarget, type Target } from '../../scan/target.ts';
import { Foreign, Label, Notice, Screen } from '../../ui/kit.tsx';
import { back, replace } from '../router.ts';
import { vault } from '../session.ts';
import { fresh } from './give.tsx';
import { answering, giving, incoming, scanned } from './state.ts';
import './share.css';

export default function Scan() {
  const [other, setOther] = useState<Target | null>(null);
  const take = (text: string): boolean => {
    const target = readTarget(text, vault().server.origin);
    if (target.kind === 'request') {
      incoming.value = target.url;
      answering.value = null;
      replace('request');
      return true;
    }
    if (target.kind === 'desk') {
      giving.value = { ...fresh(null), here: true };
      scanned.value = target.url;
      replace('give-desk');
      return true;
    }
    setOther(target);
    // What is no code of ours may be the poster beside it: the camera looks on.
    return false;
  };
  return (
    <Screen title={<Label k="share.scan.title" />} back={back}>
      <p>
        <Label k="share.scan.how" />
      </p>
      <div role="status">{other !== null && <Told target={other} />}</div>
      <Scanner onText={take} />
    </Screen>
  );
}

function Told({ target }: { target: Target }) {
  if (target.kind === 'request' || target.kind === 'desk') return null;
  if (target.kind === 'elsewhere') {
    return (
      <Notice kind="warn">
        <p>
          <Label k="share.scan.is.elsewhere" />
        </p>
        <p>
          <Foreign text={target.origin} />
        </p>
      </Notice>
    );
  }
  return (
    <Notice kind="info">
      <Label k={`share.scan.is.${target.kind}`} />
    </Notice>
  );
}
