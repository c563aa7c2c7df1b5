/** Everything in the order of time: when a paper came, was issued, ends. */
import type { Json } from '../../formats/strict_json.ts';
import { named } from '../../i18n/fields.ts';
import { locale, t } from '../../i18n/index.ts';
import { date } from '../../redeem/value.ts';
import { fromDayNumber, readDate, today } from '../../store/dates.ts';
import { fieldsOf, papers, people, personOf, textOf } from '../../store/papers.ts';
import { endOf } from '../../store/reminders.ts';
import type { Item } from '../../store/vault.ts';
import { Empty, Foreign, Label, List, Row, Screen } from '../../ui/kit.tsx';
import { back, href } from '../router.ts';
import { vault } from '../session.ts';
import { iconOf, personName, titleOf } from './common.tsx';
import './papers.css';

type Event = { readonly day: string; readonly what: string; readonly item: Item };

/** Dates of the paper itself; a birthday is no event of the wallet. */
const SILENT = new Set(['birthdate']);

function eventsOf(item: Item): Event[] {
  const events: Event[] = [];
  const type = textOf(item.payload, 'type');
  for (const [name, [first]] of Object.entries(fieldsOf(item.payload))) {
    const value: Json | undefined = first?.value;
    const spec = named(`${type}.${name}`);
    const dated = spec.spec?.kind === 'date' || spec.spec?.kind === 'partial_date';
    if (!dated || SILENT.has(name) || typeof value !== 'string' || readDate(value) === null) continue;
    events.push({ day: value, what: spec.field, item });
  }
  const created = Number(item.payload.created);
  if (Number.isFinite(created)) {
    events.push({ day: fromDayNumber(Math.floor(created / 86_400)), what: t('papers.timeline.added'), item });
  }
  return events;
}

export default function Timeline() {
  const open = vault();
  void open.changed.value;
  const events = papers(open)
    .flatMap(eventsOf)
    .sort((a, b) => b.day.localeCompare(a.day));
  const now = today();
  const years = [...new Set(events.map(({ day }) => day.slice(0, 4)))];
  const format = new Intl.NumberFormat(locale(), { useGrouping: false });
  return (
    <Screen title={<Label k="papers.timeline" />} back={back}>
      {events.length === 0 && <Empty icon="timeline" text={t('papers.empty')} />}
      {years.map((year) => (
        <section key={year}>
          <h2>{format.format(Number(year))}</h2>
          <List label={year}>
            {events
              .filter(({ day }) => day.startsWith(year))
              .map(({ day, what, item }) => (
                <Row
                  key={`${item.id} ${what} ${day}`}
                  icon={iconOf(item.payload)}
                  title={<Foreign text={titleOf(item.payload)} />}
                  second={
                    <>
                      <span>
                        {what}: {date(day)}
                      </span>
                      {people(open).length > 0 && <Foreign text={personName(personOf(item.payload))} />}
                    </>
                  }
                  {...(day > now
                    ? { badge: t(endOf(item.payload) === day ? 'papers.timeline.ends' : 'papers.timeline.coming') }
                    : {})}
                  href={href('paper', item.id)}
                />
              ))}
          </List>
        </section>
      ))}
    </Screen>
  );
}
