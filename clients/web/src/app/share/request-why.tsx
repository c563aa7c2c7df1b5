/** Why, on which ground, how long, and what a "no" means: all of it before anything can be chosen. */
import { duration, moment, t } from '../../i18n/index.ts';
import { Button, Foreign, Icon, Label, Notice, Screen } from '../../ui/kit.tsx';
import { back, go } from '../router.ts';
import { Gone } from './gone.tsx';
import { slotNamed, typeNamed } from './names.ts';
import { No } from './no.tsx';
import { Purpose } from './purpose.tsx';
import { answering } from './state.ts';
import './share.css';

export default function RequestWhy() {
  const now = answering.value;
  if (now === null) return <Gone />;
  const { request, overAsking } = now.asked;
  const forbidden = new Set(overAsking);
  const task = request.basis === 'public-task';
  return (
    <Screen
      title={<Label k="share.why.title" />}
      back={back}
      foot={
        <>
          <Button onClick={() => go('request-fields')}>
            <Label k="share.why.choose" />
          </Button>
          <No />
        </>
      }
    >
      <Purpose asked={now.asked} />
      <Notice kind="info" title={t(`share.why.basis.${request.basis}`)}>
        <p>
          <Label k={`share.why.text.${request.basis}`} />
        </p>
      </Notice>
      <section class="on-no">
        <h2>
          <Icon name="help" />
          <Label k={task ? 'share.why.cost' : 'share.why.no'} />
        </h2>
        <p>
          <Foreign text={request.on_no} lang="de" />
        </p>
        <p>
          <Label k="share.why.no.trace" />
        </p>
      </section>
      {overAsking.length > 0 && (
        <Notice kind="alarm" title={t('share.over.title')}>
          <ul>
            {overAsking.map((name) => (
              <li key={name}>
                <FieldName name={name} />
              </li>
            ))}
          </ul>
          <p>
            <Label k="share.over.text" />
          </p>
        </Notice>
      )}
      <Fields title={t('share.fields.required')} names={request.required.filter((name) => !forbidden.has(name))} />
      <Fields title={t('share.fields.optional')} names={request.optional.filter((name) => !forbidden.has(name))} />
      <dl class="facts">
        <div>
          <dt>
            <Label k="share.why.keeps" />
          </dt>
          <dd>{duration(request.retention)}</dd>
        </div>
        <div>
          <dt>
            <Label k="share.why.answerby" />
          </dt>
          <dd>{moment(request.exp)}</dd>
        </div>
      </dl>
    </Screen>
  );
}

function Fields({ title, names }: { title: string; names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul class="names">
        {names.map((name) => (
          <li key={name}>
            <FieldName name={name} />
          </li>
        ))}
      </ul>
    </>
  );
}

export function FieldName({ name }: { name: string }) {
  return (
    <>
      <Foreign text={slotNamed(name).field} />{' '}
      <span class="from">
        · <Foreign text={typeNamed(name.split('.')[0] as string)} />
      </span>
    </>
  );
}
