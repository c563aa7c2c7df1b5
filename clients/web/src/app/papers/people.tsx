/** Whose papers are here. */
import { t } from '../../i18n/index.ts';
import { date } from '../../redeem/value.ts';
import { today } from '../../store/dates.ts';
import { birthdateOf, people, textOf } from '../../store/papers.ts';
import { comingOfAge } from '../../store/reminders.ts';
import { Button, Empty, Foreign, Label, List, Row, Screen } from '../../ui/kit.tsx';
import { back, go, href } from '../router.ts';
import { vault } from '../session.ts';
import './papers.css';

export default function People() {
  const open = vault();
  void open.changed.value;
  const all = people(open);
  return (
    <Screen
      title={<Label k="papers.people" />}
      back={back}
      foot={
        <Button icon="plus" onClick={() => go('person', 'new')}>
          <Label k="papers.person.add" />
        </Button>
      }
    >
      {all.length === 0 && <Empty icon="people" text={t('papers.people.none')} />}
      {all.length > 0 && (
        <List label={t('papers.people')}>
          {all.map((one) => {
            const adult = one.payload.relation === 'child' ? comingOfAge(birthdateOf(open, one.id), today()) : null;
            return (
              <Row
                key={one.id}
                icon="person"
                title={<Foreign text={textOf(one.payload, 'label')} />}
                second={t(`papers.relation.${textOf(one.payload, 'relation') as 'child'}`)}
                {...(adult === null
                  ? {}
                  : { badge: t('papers.adult.badge', { date: date(adult.day) }), tone: 'warn' as const })}
                href={href('person', one.id)}
              />
            );
          })}
        </List>
      )}
    </Screen>
  );
}
