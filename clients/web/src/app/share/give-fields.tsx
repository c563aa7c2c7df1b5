/** Which things. Nothing is ticked beforehand; very private things are asked about one by one. */
import { useState } from 'preact/hooks';
import { type Pick, type Warning, warnings } from '../../grant/selection.ts';
import { count, t } from '../../i18n/index.ts';
import { textOf } from '../../store/papers.ts';
import { Button, Choice, Dialog, Empty, Foreign, Icon, Label, Notice, Screen, Tick } from '../../ui/kit.tsx';
import { back, go } from '../router.ts';
import { vault } from '../session.ts';
import { Gone } from './gone.tsx';
import { slotNamed, typeNamed } from './names.ts';
import { everything, type Offer, ofTemplate } from './offers.ts';
import { PersonChoice } from './person.tsx';
import { pickKey, pickValue, samePick, titleOf } from './picks.ts';
import { give, giving } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import { Warnings } from './warnings.tsx';
import './share.css';

export default function GiveFields() {
  const task = useTask();
  const [asking, setAsking] = useState<{ pick: Pick; name: string } | null>(null);
  const [told, setTold] = useState<ReadonlyMap<string, readonly Warning[]>>(new Map());
  const now = giving.value;
  if (now === null) return <Gone to="give" />;
  const { picks, template } = now;
  const remove = (offer: Offer) =>
    give({ picks: picks.filter((pick) => !offer.picks.some((one) => samePick(one, pick))), prepared: null });
  const add = (offer: Offer, pick: Pick) => {
    const others = picks.filter((one) => !offer.picks.some((each) => samePick(each, one)));
    give({ picks: [...others, pick], prepared: null });
  };
  const choose = (offer: Offer, pick: Pick | null) => {
    if (pick === null) return remove(offer);
    void task.run(async () => {
      const found = await warnings(vault(), [pick], new Date().toISOString().slice(0, 10));
      setTold((before) => new Map(before).set(pickKey(pick), found));
      if (found.some((one) => one.kind === 'sensitive')) setAsking({ pick, name: offer.name });
      else add(offer, pick);
    });
  };
  const confirm = () => {
    if (asking === null) return;
    give({ picks: [...picks.filter((one) => !samePick(one, asking.pick)), asking.pick], prepared: null });
    setAsking(null);
  };
  const row = (offer: Offer) => (
    <OfferRow
      key={`${offer.name}${offer.picks[0]?.document ?? ''}${offer.picks[0]?.file ?? ''}`}
      offer={offer}
      chosen={offer.picks.find((one) => picks.some((pick) => samePick(one, pick))) ?? null}
      told={told}
      onChoose={choose}
    />
  );
  const bundle = template === null ? [] : ofTemplate(vault(), template, now.person);
  const papers = template === null ? everything(vault(), now.person, now.paper) : [];
  return (
    <Screen
      title={<Label k="share.pick.title" />}
      back={back}
      foot={
        <Button disabled={picks.length === 0} onClick={() => go('give-end')}>
          {picks.length === 0 ? t('share.fields.none') : count('share.pick.next', picks.length)}
        </Button>
      }
    >
      <p>
        <Label k="share.fields.how" />
      </p>
      {now.paper === null && (
        <PersonChoice value={now.person} onChange={(person) => give({ person, picks: [], prepared: null })} />
      )}
      <TroubleView trouble={task.trouble} />
      {template !== null && (
        <>
          <h2>
            <Label k="share.fields.required" />
          </h2>
          {bundle.filter((one) => one.needed).map(row)}
          <h2>
            <Label k="share.fields.optional" />
          </h2>
          {bundle.filter((one) => !one.needed && one.picks.length > 0).map(row)}
        </>
      )}
      {template === null && papers.length === 0 && (
        <Empty icon="papers" text={t('share.pick.nopapers')}>
          <Button icon="plus" onClick={() => go('paper-add')}>
            <Label k="share.fields.add" />
          </Button>
        </Empty>
      )}
      {papers.map(({ item, offers }) => (
        <details key={item.id} class="offer-paper" open={papers.length === 1}>
          <summary>
            <Icon name="paper" /> <Foreign text={titleOf(vault(), item.id)} />
            <span class="from">
              {' '}
              · <Foreign text={typeNamed(textOf(item.payload, 'type'))} />
            </span>
          </summary>
          {offers.map(row)}
        </details>
      ))}
      <Dialog
        open={asking !== null}
        title={t('share.sensitive.title')}
        onClose={() => setAsking(null)}
        foot={
          <>
            <Button kind="danger" onClick={confirm}>
              <Label k="share.sensitive.yes" />
            </Button>
            <Button kind="quiet" onClick={() => setAsking(null)}>
              <Label k="share.sensitive.no" />
            </Button>
          </>
        }
      >
        <p>
          <strong>
            <Foreign text={asking === null ? '' : slotNamed(asking.name).field} />
          </strong>
        </p>
        <p>
          <Label k="share.sensitive.text" />
        </p>
      </Dialog>
    </Screen>
  );
}

type OfferProps = {
  readonly offer: Offer;
  readonly chosen: Pick | null;
  readonly told: ReadonlyMap<string, readonly Warning[]>;
  readonly onChoose: (offer: Offer, pick: Pick | null) => void;
};

function OfferRow({ offer, chosen, told, onChoose }: OfferProps) {
  const { field } = slotNamed(offer.name);
  const type = offer.name.split('.')[0] as string;
  const first = offer.picks[0];
  if (first === undefined) {
    return (
      <p class="asked-field missing">
        <Icon name="info" />
        <span>
          <strong>
            <Foreign text={field} />
          </strong>
          <br />
          <Label k="share.fields.missing" fill={{ paper: typeNamed(type) }} />
        </span>
      </p>
    );
  }
  const shown = (told.get(chosen === null ? '' : pickKey(chosen)) ?? []).filter((one) => one.kind !== 'sensitive');
  return (
    <section class="asked-field">
      <Tick
        label={<Foreign text={field} />}
        note={<Foreign text={pickValue(vault(), chosen ?? first)} />}
        checked={chosen !== null}
        onChange={(on) => onChoose(offer, on ? first : null)}
      />
      {chosen !== null && offer.picks.length > 1 && (
        <Choice
          label={<Label k="share.fields.which" />}
          value={pickKey(chosen)}
          options={offer.picks.map((each) => ({
            value: pickKey(each),
            label: <Foreign text={titleOf(vault(), each.document)} />,
            note: <Foreign text={pickValue(vault(), each)} />,
          }))}
          onChange={(key) => onChoose(offer, offer.picks.find((each) => pickKey(each) === key) ?? first)}
        />
      )}
      {shown.length > 0 && <Warnings warnings={shown} />}
      {chosen?.derived != null && (
        <Notice kind="info">
          <Label k="share.derived.less" />
        </Notice>
      )}
    </section>
  );
}
