/** What several screens about papers share. */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Payload } from '../../formats/object.ts';
import { paper } from '../../i18n/fields.ts';
import { type Key, t } from '../../i18n/index.ts';
import { date } from '../../redeem/value.ts';
import { today } from '../../store/dates.ts';
import { personOf, textOf } from '../../store/papers.ts';
import { endOf, validity } from '../../store/reminders.ts';
import type { Item } from '../../store/vault.ts';
import { Badge, Empty, Foreign, type IconName, Label, Notice, Screen } from '../../ui/kit.tsx';
import { covered } from '../more/settings.ts';
import { back } from '../router.ts';
import { noted, vault } from '../session.ts';

/** The object as it is now; drawn again when anything in the wallet changes. null: it is not there (any more). */
export function useItem(id: string | undefined): Item | null {
  const open = vault();
  void open.changed.value;
  return open.items().find((item) => item.id === id) ?? null;
}

export function Gone() {
  return (
    <Screen title={<Label k="papers.gone" />} back={back}>
      <Empty icon="papers" text={t('papers.gone.text')} />
    </Screen>
  );
}

// -- names -----------------------------------------------------------------------------------------------------------

export function typeName(type: string): string {
  return paper(type)?.label ?? t('papers.type.unknown');
}

/** What the person called it; else what it is. */
export function titleOf(payload: Payload): string {
  return textOf(payload, 'title') || typeName(textOf(payload, 'type'));
}

const ICONS: Readonly<Record<string, IconName>> = {
  person: 'person',
  family: 'people',
  contact: 'phone',
  address: 'home',
  rental_contract: 'home',
  landlord_confirmation: 'home',
  letter: 'letter',
  origin: 'globe',
  passport: 'globe',
  travel_document: 'globe',
  numbers: 'digits',
  benefit_notice: 'office',
};

export const iconOf = (payload: Payload): IconName => ICONS[textOf(payload, 'type')] ?? 'paper';

export function personName(id: string | null): string {
  if (id === null) return t('papers.person.me');
  const found = vault()
    .items('person')
    .find((item) => item.id === id);
  return found === undefined ? t('papers.person.me') : textOf(found.payload, 'label');
}

export function ofPerson(item: Item, person: string | null): boolean {
  return personOf(item.payload) === person;
}

/** A date of a paper in a line of words: hidden like the values are. */
export function dateShown(day: string): string {
  return covered.value ? '•••' : date(day);
}

// -- states ----------------------------------------------------------------------------------------------------------

/** A word for each thing that is special about the paper; never a colour alone. */
export function Badges({ item }: { item: Item }) {
  const { payload, pending } = item;
  const state = validity(payload, today());
  const end = endOf(payload);
  return (
    <span class="badges">
      {state === 'expired' && (
        <Badge tone="alarm">
          <Label k="papers.badge.expired" />
        </Badge>
      )}
      {state === 'soon' && (
        <Badge tone="warn">
          <Label k="papers.badge.soon" fill={{ date: end === null ? '' : dateShown(end) }} />
        </Badge>
      )}
      {payload.state === 'not-obtainable' && (
        <Badge>
          <Label k="papers.state.not-obtainable" />
        </Badge>
      )}
      {payload.state === 'applied' && (
        <Badge>
          <Label k="papers.state.applied" />
        </Badge>
      )}
      {payload.state === 'superseded' && (
        <Badge>
          <Label k="papers.state.superseded" />
        </Badge>
      )}
      {pending && (
        <Badge tone="warn">
          <Label k="papers.badge.pending" />
        </Badge>
      )}
    </span>
  );
}

// -- doing -----------------------------------------------------------------------------------------------------------

const SAID: Readonly<Record<string, Key>> = {
  offline: 'papers.error.offline',
  'quota-exceeded': 'papers.error.full',
  'storage-full': 'papers.error.full',
  'bad-picture': 'papers.error.picture',
  'edited-elsewhere': 'papers.error.elsewhere',
  'has-papers': 'papers.error.has-papers',
  'too-large': 'papers.error.large',
  'no-such-attachment': 'papers.error.nofile',
  'not-here': 'papers.error.offline',
  'wrong-key': 'papers.error.code',
};

export type Doing = {
  readonly busy: boolean;
  /** Runs one thing at a time; what was typed stays when it fails. */
  readonly run: (work: () => Promise<unknown>) => void;
  readonly problem: ComponentChildren;
};

export function useDoing(): Doing {
  const [busy, setBusy] = useState(false);
  const [code, setCode] = useState<string | null>(null);
  const running = useRef(false);
  const run = (work: () => Promise<unknown>) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setCode(null);
    work()
      .catch((error: unknown) => setCode(noted(error)))
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  };
  const problem = code === null ? null : <Trouble code={code} />;
  return { busy, run, problem };
}

export function Trouble({ code }: { code: string }) {
  return (
    <Notice kind="warn">
      <p>{t(SAID[code] ?? 'papers.error.other')}</p>
      {SAID[code] === undefined && (
        <p>
          <Foreign text={code} />
        </p>
      )}
    </Notice>
  );
}
