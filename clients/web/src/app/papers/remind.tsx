/** When to be reminded of one paper, here and in the phone's calendar. */
import { useState } from 'preact/hooks';
import { count, t } from '../../i18n/index.ts';
import { date } from '../../redeem/value.ts';
import { today } from '../../store/dates.ts';
import { editPaper } from '../../store/papers.ts';
import { endOf, REMIND_CHOICES, remindMonths, remindOn } from '../../store/reminders.ts';
import { Button, Choice, Label, Screen, Tick, toast } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { Gone, titleOf, useDoing, useItem } from './common.tsx';
import { saveCalendar } from './saving.ts';
import './papers.css';

export default function Remind({ params: [id = ''] }: { params: Params }) {
  const item = useItem(id);
  const [named, setNamed] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const doing = useDoing();
  if (item === null) return <Gone />;
  const { payload } = item;
  const end = endOf(payload);
  const day = remindOn(payload, today());
  const choose = (months: string) => {
    setChosen(months);
    doing.run(async () => {
      await editPaper(vault(), id, () => ({ remind_months: Number(months) }));
      toast(t('papers.saved'));
    });
  };
  return (
    <Screen
      title={<Label k="papers.remind" />}
      back={back}
      {...(day === null
        ? {}
        : {
            foot: (
              <Button icon="calendar" onClick={() => doing.run(() => saveCalendar([item], named))}>
                <Label k="papers.calendar" />
              </Button>
            ),
          })}
    >
      {doing.problem}
      {end !== null && (
        <p>
          <Label k="papers.remind.end" fill={{ date: date(end) }} />
        </p>
      )}
      <Choice
        label={<Label k="papers.remind.which" />}
        columns
        options={REMIND_CHOICES.map((months) => ({
          value: String(months),
          label: months === 0 ? t('papers.remind.never') : count('papers.remind.months', months),
        }))}
        value={chosen ?? String(remindMonths(payload))}
        onChange={choose}
      />
      {day !== null && (
        <>
          <p>
            <Label k="papers.remind.on" fill={{ date: date(day) }} />
          </p>
          <p>
            <Label k="papers.calendar.text" />
          </p>
          <Tick label={t('papers.calendar.named', { title: titleOf(payload) })} checked={named} onChange={setNamed} />
        </>
      )}
    </Screen>
  );
}
