/** Home: what is there, whose it is, what ends soon. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { count, t } from '../../i18n/index.ts';
import { today } from '../../store/dates.ts';
import { attachmentsOf, emptyOldTrash, papers, people, search, textOf, trashedPapers } from '../../store/papers.ts';
import { endOf, validity } from '../../store/reminders.ts';
import type { Item } from '../../store/vault.ts';
import { Button, Empty, Explain, Foreign, Icon, Label, List, Row, Screen, TextField } from '../../ui/kit.tsx';
import { go, href } from '../router.ts';
import { noted, vault } from '../session.ts';
import { Badges, dateShown, iconOf, ofPerson, titleOf, typeName } from './common.tsx';
import { begin } from './draft.ts';
import './papers.css';

/** The first paper: straight to the camera. */
function photograph(): void {
  begin(null, null);
  go('paper-scan', 'first');
}

/** A search box above three papers is one thing more to understand. */
const SEARCH_FROM = 6;
const RANK = { expired: 0, soon: 1, valid: 2 } as const;

function sorted(items: readonly Item[]): Item[] {
  const now = today();
  const rank = (item: Item) => RANK[validity(item.payload, now)] + (item.payload.state === 'superseded' ? 3 : 0);
  return items
    .map((item) => ({ item, rank: rank(item), updated: Number(item.payload.updated) }))
    .sort((a, b) => a.rank - b.rank || b.updated - a.updated)
    .map(({ item }) => item);
}

/** Rows drawn at once, several screens full: a thousand at once would leave a slow phone without an answer for seconds. */
const ROWS = 80;
/** As many as have been drawn before: the way back to a place in the list needs them at once. */
let drawn = ROWS;

/** How many of so many rows are drawn now: more with each breath, until all are there. */
function useGrowing(length: number): number {
  const [rows, setRows] = useState(drawn);
  useEffect(() => {
    if (rows >= length) return;
    const timer = setTimeout(() => {
      drawn = Math.max(drawn, rows + ROWS);
      setRows(rows + ROWS);
    });
    return () => clearTimeout(timer);
  }, [rows, length]);
  return rows;
}

/** Milliseconds after the list has appeared: nobody waits for this. */
const LATER = 4000;

/** Once an unlocking: what has lain in the trash for a month goes. */
const emptied = new WeakSet<object>();

export default function Home() {
  const open = vault();
  const version = open.changed.value;
  const [question, setQuestion] = useState('');
  useEffect(() => {
    if (emptied.has(open)) return;
    emptied.add(open);
    emptyOldTrash(open).catch(noted);
  }, [open]);
  const pdf = papers(open).some(({ payload }) =>
    attachmentsOf(payload).some(({ media }) => media === 'application/pdf'),
  );
  useEffect(() => {
    if (!pdf) return;
    const timer = setTimeout(() => import('./viewer.tsx').then(({ keepForOffline }) => keepForOffline()), LATER);
    return () => clearTimeout(timer);
  }, [pdf]);
  const all = useMemo(() => sorted(papers(open)), [open, version]);
  const found = useMemo(() => search(all, question, typeName), [all, question]);
  const rows = useGrowing(found.length);
  const listed = rows < found.length ? found.slice(0, rows) : found;
  const ending = all.filter((item) => validity(item.payload, today()) !== 'valid').length;
  const persons = people(open);
  const groups: (string | null)[] = [null, ...persons.map((one) => one.id)];
  const trash = trashedPapers(open).length;
  return (
    <Screen
      title={<Label k="papers.title" />}
      foot={
        <>
          {all.length === 0 && (
            <Button icon="camera" onClick={photograph}>
              <Label k="papers.add.camera" />
            </Button>
          )}
          <Button icon="plus" kind={all.length === 0 ? 'quiet' : 'primary'} onClick={() => go('paper-add')}>
            <Label k="papers.add" />
          </Button>
        </>
      }
    >
      {all.length === 0 && (
        <>
          <Empty icon="papers" text={t('papers.empty')} />
          <Explain k="papers.empty.next" />
        </>
      )}
      {ending > 0 && (
        <a class="ending" href={href('paper-reminders')}>
          <Icon name="bell" />
          <span>{count('papers.ending', ending)}</span>
          <Icon name="next" />
        </a>
      )}
      {(all.length >= SEARCH_FROM || question !== '') && (
        <TextField label={<Label k="papers.search" />} type="search" value={question} onInput={setQuestion} />
      )}
      {question !== '' && (
        <p role="status" class="found">
          {count('papers.found', found.length)}
        </p>
      )}
      {groups.map((person) => (
        <Group
          key={person ?? ''}
          name={persons.length === 0 ? null : person === null ? t('papers.person.me') : nameOf(persons, person)}
          items={listed.filter((item) => (person === null ? !known(persons, item) : ofPerson(item, person)))}
        />
      ))}
      <List label={t('papers.more')}>
        <Row icon="timeline" title={<Label k="papers.timeline" />} href={href('paper-timeline')} />
        <Row icon="people" title={<Label k="papers.people" />} href={href('people')} />
        <Row icon="bell" title={<Label k="papers.reminders" />} href={href('paper-reminders')} />
        {trash > 0 && (
          <Row icon="trash" title={<Label k="papers.trash" />} badge={String(trash)} href={href('paper-trash')} />
        )}
      </List>
    </Screen>
  );
}

const nameOf = (persons: readonly Item[], id: string) =>
  textOf(persons.find((one) => one.id === id)?.payload ?? {}, 'label');

/** A paper of somebody who is no longer listed is shown among the holder's own: nothing is ever hidden. */
const known = (persons: readonly Item[], item: Item) => persons.some((one) => ofPerson(item, one.id));

function Group({ name, items }: { name: string | null; items: readonly Item[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      {name !== null && (
        <h2>
          <Foreign text={name} />
        </h2>
      )}
      <List label={name ?? t('papers.title')}>
        {items.map((item) => (
          <PaperRow key={item.id} item={item} />
        ))}
      </List>
    </section>
  );
}

export function PaperRow({ item }: { item: Item }) {
  const title = titleOf(item.payload);
  const type = typeName(textOf(item.payload, 'type'));
  const end = endOf(item.payload);
  const valid = end !== null && validity(item.payload, today()) === 'valid';
  return (
    <Row
      icon={iconOf(item.payload)}
      title={<Foreign text={title} />}
      second={
        <>
          {type !== title && <span>{type}</span>}
          {valid && (
            <span>
              <Label k="papers.until" fill={{ date: dateShown(end) }} />
            </span>
          )}
          <Badges item={item} />
        </>
      }
      href={href('paper', item.id)}
    />
  );
}
