/** The screens before and after an open; the papers themselves are in `papers.tsx`. */
import { useRef } from 'preact/hooks';
import { readPasscode, type Terms } from '../formats/grant.ts';
import { named } from '../i18n/fields.ts';
import { clockTime, count, duration, moment, t } from '../i18n/index.ts';
import { Busy, Foreign, Heading } from '../ui/shell.tsx';
import { PapersView } from './papers.tsx';
import type { Peek } from './redeem.ts';
import { busy, type End, look, type Note, note, openPapers, type Screen, screen } from './state.ts';

export function RedeemView() {
  const now = screen.value;
  switch (now.at) {
    case 'no-link':
      return <NoLink broken={now.broken} />;
    case 'start':
      return <Start note={now.note} />;
    case 'running':
      return <Running screen={now} />;
    case 'peeked':
      return <Peeked peek={now.peek} note={now.note} />;
    case 'opened':
      return <PapersView papers={now.papers} />;
    case 'ended':
      return <Ended end={now.end} from={now.from} />;
    case 'stopped':
      return <Stopped code={now.code} />;
  }
}

function Working() {
  switch (busy.value) {
    case 'look':
      return <Busy text={t('busy.look')} />;
    case 'open':
      return <Busy text={t('busy.open')} />;
    case 'code':
      return <Busy text={t('busy.code')} />;
    default:
      return null;
  }
}

function Trouble({ note }: { note: Note | undefined }) {
  if (note?.kind !== 'trouble') return null;
  return (
    <p class="bad" role="alert">
      {t(note.code === 'offline' ? 'error.offline' : 'error.server')}
      {note.code !== 'offline' && ` ${t('error.code', { code: note.code })}`}
    </p>
  );
}

function NoLink({ broken }: { broken: boolean }) {
  return (
    <>
      <Heading key={String(broken)}>{t('nolink.heading')}</Heading>
      <p>{t(broken ? 'badlink.text' : 'nolink.text')}</p>
      <p class="note">{t('nolink.next')}</p>
    </>
  );
}

function Start({ note }: { note: Note | undefined }) {
  return (
    <>
      <Heading>{t('start.heading')}</Heading>
      <p>{t('start.text')}</p>
      <Trouble note={note} />
      <div class="row">
        <button type="button" class="main" disabled={busy.value !== null} onClick={look}>
          {t(note === undefined ? 'start.look' : 'again')}
        </button>
      </div>
      <Working />
    </>
  );
}

function Running({ screen }: { screen: Extract<Screen, { at: 'running' }> }) {
  const { lease, note } = screen;
  return (
    <>
      <Heading>{t('resume.heading')}</Heading>
      <p>{t('resume.text', { time: clockTime(lease.until) })}</p>
      <Trouble note={note} />
      <OpenForm profile={lease.passcode} note={note} label={t('resume.open')} />
    </>
  );
}

function Peeked({ peek, note }: { peek: Peek; note: Note | undefined }) {
  const { policy, terms, version } = peek;
  return (
    <>
      <Heading>{t('peek.heading')}</Heading>
      <TermsView terms={terms} until={policy.exp} />
      <h2>{t('peek.fields')}</h2>
      <SlotNames terms={terms} />
      {terms.standing && <p>{t('peek.standing')}</p>}
      <p class="note">{t('peek.note')}</p>
      <Trouble note={note} />
      <OpenForm profile={policy.passcode} note={note} label={t('open.button')} version={version}>
        <p class="help">
          {t('open.counts')} {count('peek.opens', policy.opens)}
        </p>
      </OpenForm>
    </>
  );
}

export function TermsView({ terms, until }: { terms: Terms; until: number }) {
  const { recipient, purpose, basis, retention, language } = terms;
  return (
    <dl class="facts">
      {recipient !== null && (
        <div>
          <dt>{t('peek.to')}</dt>
          <dd>
            <Foreign text={recipient.name} />
            {recipient.address !== undefined && (
              <>
                <br />
                <Foreign text={recipient.address} />
              </>
            )}
          </dd>
        </div>
      )}
      <div>
        <dt>{t('peek.purpose')}</dt>
        <dd>
          <Foreign text={purpose} lang={language} />
        </dd>
      </div>
      <div>
        <dt>{t('peek.until')}</dt>
        <dd>{moment(until)}</dd>
      </div>
      <div>
        <dt>{t('peek.basis')}</dt>
        <dd>{t(`basis.${basis}`)}</dd>
      </div>
      <div>
        <dt>{t('peek.retention')}</dt>
        <dd>
          <Foreign text={duration(retention)} lang={retention === duration(retention) ? language : undefined} />
        </dd>
      </div>
    </dl>
  );
}

function SlotNames({ terms }: { terms: Terms }) {
  const papers = new Map<string, string[]>();
  for (const { name, kind } of Object.values(terms.slots)) {
    const { paper, field } = named(name);
    papers.set(paper, [...(papers.get(paper) ?? []), kind === 'attachment' ? t('slot.file') : field]);
  }
  return (
    <ul class="names">
      {[...papers].map(([paper, fields]) => (
        <li key={paper}>
          <Foreign text={paper} />
          <ul>
            {fields.map((field, i) => (
              <li key={`${field}${i}`}>
                <Foreign text={field} />
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

type OpenProps = {
  profile: string | null;
  note: Note | undefined;
  label: string;
  version?: number;
  children?: preact.ComponentChildren;
};

function OpenForm({ profile, note: told, label, version, children }: OpenProps) {
  const input = useRef<HTMLInputElement>(null);
  const wrong = told?.kind === 'code-wrong' || told?.kind === 'code-invalid';

  const submit = async (event: Event) => {
    event.preventDefault();
    let passcode: string | null = null;
    if (profile !== null) {
      try {
        passcode = readPasscode(input.current?.value ?? '');
      } catch {
        note({ kind: 'code-invalid' });
        input.current?.focus();
        return;
      }
    }
    await openPapers(profile, passcode, version);
    // Still here: the passcode was wrong.
    input.current?.select();
  };

  return (
    <form onSubmit={submit} noValidate autocomplete="off">
      {profile !== null && (
        <div class="code">
          <label for="passcode">{t('code.label')}</label>
          <p class="help" id="passcode-help">
            {t('code.help')}
          </p>
          <input
            ref={input}
            id="passcode"
            type="text"
            inputMode="numeric"
            autocomplete="one-time-code"
            dir="ltr"
            maxLength={24}
            aria-describedby={wrong ? 'passcode-error passcode-help' : 'passcode-help'}
            aria-invalid={wrong}
          />
          {wrong && (
            <p class="error" id="passcode-error" role="alert">
              {told.kind === 'code-wrong' ? count('code.wrong', told.left) : t('code.invalid')}
            </p>
          )}
        </div>
      )}
      <div class="row">
        <button type="submit" class="main" disabled={busy.value !== null}>
          {label}
        </button>
      </div>
      <Working />
      {children}
    </form>
  );
}

function Ended({ end, from }: { end: End; from: number | undefined }) {
  const special = end === 'not-found' || end === 'grant-suspended';
  return (
    <>
      <Heading>{t(`end.${end}.heading`)}</Heading>
      <p>{t(`end.${end}.text`, { date: from === undefined ? '–' : moment(from) })}</p>
      {end !== 'grant-not-yet' && <p class="note">{special ? t(`end.${end}.next`) : t('end.next')}</p>}
    </>
  );
}

export function Stopped({ code }: { code: string }) {
  const update = code === 'unsupported-suite';
  return (
    <>
      <Heading alarm>{t('stop.heading')}</Heading>
      <div class="bad" role="alert">
        <p>{t(update ? 'stop.update' : 'stop.text')}</p>
        {!update && <p>{t('stop.next')}</p>}
        <p>{t('stop.code', { code })}</p>
      </div>
    </>
  );
}
