/** What ends when, soonest first; as a calendar file for the phone's own calendar. */
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { date } from '../../redeem/value.ts';
import { today } from '../../store/dates.ts';
import { birthdateOf, papers, people, textOf } from '../../store/papers.ts';
import { comingOfAge, endOf, remindOn } from '../../store/reminders.ts';
import { Button, Empty, Foreign, Label, List, Row, Screen, Tick } from '../../ui/kit.tsx';
import { back, href } from '../router.ts';
import { vault } from '../session.ts';
import { Badges, iconOf, titleOf, useDoing } from './common.tsx';
import { saveCalendar } from './saving.ts';
import './papers.css';

export default function Reminders() {
  const open = vault();
  void open.changed.value;
  const [named, setNamed] = useState(false);
  const doing = useDoing();
  const ending = papers(open)
    .filter((item) => endOf(item.payload) !== null && item.payload.state !== 'superseded')
    .sort((a, b) => (endOf(a.payload) as string).localeCompare(endOf(b.payload) as string));
  const coming = ending.filter((item) => remindOn(item.payload, today()) !== null);
  const children = people(open)
    .filter((one) => one.payload.relation === 'child')
    .map((one) => ({ one, adult: comingOfAge(birthdateOf(open, one.id), today()) }));
  return (
    <Screen
      title={<Label k="papers.reminders" />}
      back={back}
      {...(coming.length === 0
        ? {}
        : {
            foot: (
              <Button icon="calendar" busy={doing.busy} onClick={() => doing.run(() => saveCalendar(coming, named))}>
                <Label k="papers.calendar" />
              </Button>
            ),
          })}
    >
      {doing.problem}
      {ending.length === 0 && <Empty icon="bell" text={t('papers.reminders.none')} />}
      {ending.length > 0 && (
        <List label={t('papers.reminders')}>
          {ending.map((item) => (
            <Row
              key={item.id}
              icon={iconOf(item.payload)}
              title={<Foreign text={titleOf(item.payload)} />}
              second={
                <>
                  <span>
                    <Label k="papers.until" fill={{ date: date(endOf(item.payload) as string) }} />
                  </span>
                  <Badges item={item} />
                </>
              }
              href={href('paper-remind', item.id)}
            />
          ))}
        </List>
      )}
      {children.map(
        ({ one, adult }) =>
          adult !== null && (
            <List key={one.id} label={textOf(one.payload, 'label')}>
              <Row
                icon="person"
                title={<Foreign text={textOf(one.payload, 'label')} />}
                second={t(adult.passed ? 'papers.adult.passed' : 'papers.adult.soon', { date: date(adult.day) })}
                href={href('person', one.id)}
              />
            </List>
          ),
      )}
      {coming.length > 0 && (
        <>
          <p>
            <Label k="papers.calendar.text" />
          </p>
          <Tick label={<Label k="papers.calendar.all" />} checked={named} onChange={setNamed} />
        </>
      )}
    </Screen>
  );
}
