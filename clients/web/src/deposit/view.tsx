import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Problem } from '../api/http.ts';
import { Refusal } from '../formats/errors.ts';
import { bytes, locale, moment, t } from '../i18n/index.ts';
import { Busy, Foreign, Heading } from '../ui/shell.tsx';
import { Depositor, type Room } from './send.ts';

type Sent = {
  readonly name: string;
  readonly state: 'sending' | 'done' | 'failed' | 'full';
  readonly share: number;
};

type Screen =
  | { readonly at: 'start' | 'over' | 'wrong-key' }
  | { readonly at: 'open'; readonly room: Room }
  | { readonly at: 'no-link' };

const screen = signal<Screen>({ at: 'no-link' });
const trouble = signal<string | null>(null);
const busy = signal(false);
const sent = signal<readonly Sent[]>([]);
let depositor: Depositor | null = null;

export async function begin(fragment: string | null): Promise<void> {
  sent.value = [];
  trouble.value = null;
  try {
    depositor = fragment === null ? null : await Depositor.from(fragment);
  } catch {
    depositor = null;
  }
  screen.value = { at: depositor === null ? 'no-link' : 'start' };
}

async function look(): Promise<void> {
  if (busy.value || depositor === null) return;
  busy.value = true;
  trouble.value = null;
  try {
    screen.value = { at: 'open', room: await depositor.peek() };
  } catch (error) {
    if (error instanceof Refusal) screen.value = { at: 'wrong-key' };
    else if (error instanceof Problem && [404, 410].includes(error.status)) screen.value = { at: 'over' };
    else trouble.value = error instanceof Problem ? error.code : 'page-fault';
  } finally {
    busy.value = false;
  }
}

function update(index: number, next: Partial<Sent>): void {
  sent.value = sent.value.map((one, i) => (i === index ? { ...one, ...next } : one));
}

async function put(files: File[], note: string): Promise<void> {
  const mine = depositor;
  if (busy.value || mine === null) return;
  busy.value = true;
  for (const file of files) {
    const index = sent.value.length;
    sent.value = [...sent.value, { name: file.name, state: 'sending', share: 0 }];
    try {
      await mine.put(file, note, (share) => update(index, { share }));
      update(index, { state: 'done' });
    } catch (error) {
      const full = error instanceof Problem && (error.status === 413 || /full|quota|limit/.test(error.code));
      update(index, { state: full ? 'full' : 'failed' });
    }
  }
  busy.value = false;
  if (mine === depositor) await look();
}

export function DepositView() {
  const now = screen.value;
  if (now.at === 'no-link') {
    return (
      <>
        <Heading>{t('nolink.heading')}</Heading>
        <p>{t('badlink.text')}</p>
        <p class="note">{t('deposit.over.next')}</p>
      </>
    );
  }
  if (now.at === 'over') {
    return (
      <>
        <Heading>{t('deposit.over.heading')}</Heading>
        <p>{t('deposit.over.text')}</p>
        <p class="note">{t('deposit.over.next')}</p>
      </>
    );
  }
  if (now.at === 'wrong-key') {
    return (
      <>
        <Heading alarm>{t('stop.heading')}</Heading>
        <p class="bad" role="alert">
          {t('deposit.wrongkey')}
        </p>
      </>
    );
  }
  return (
    <>
      <Heading key="deposit">{t('deposit.heading')}</Heading>
      <p>{t('deposit.start')}</p>
      {trouble.value !== null && (
        <p class="bad" role="alert">
          {t(trouble.value === 'offline' ? 'error.offline' : 'error.server')}
        </p>
      )}
      {now.at === 'open' ? <Put room={now.room} /> : <Begin />}
    </>
  );
}

function Begin() {
  return (
    <>
      <div class="row">
        <button type="button" class="main" disabled={busy.value} onClick={look}>
          {t('deposit.look')}
        </button>
      </div>
      {busy.value && <Busy text={t('busy.look')} />}
    </>
  );
}

function Put({ room }: { room: Room }) {
  const files = useRef<HTMLInputElement>(null);
  const note = useRef<HTMLTextAreaElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const chosen = [...(files.current?.files ?? [])];
    if (chosen.length === 0) {
      files.current?.focus();
      return;
    }
    await put(chosen, note.current?.value ?? '');
    if (files.current !== null) files.current.value = '';
  };
  const left = { time: moment(room.until), files: room.files, size: bytes(room.bytes) };
  return (
    <>
      <p>{t('deposit.until', left)}</p>
      <form onSubmit={submit}>
        <p>
          <label for="files">{t('deposit.choose')}</label>
          <input ref={files} id="files" type="file" multiple disabled={busy.value || room.files === 0} />
        </p>
        <p>
          <label for="note">{t('deposit.note')}</label>
          <span class="help" id="note-help">
            {t('deposit.unsigned')}
          </span>
          <textarea ref={note} id="note" rows={3} maxLength={500} dir="auto" aria-describedby="note-help" />
        </p>
        <p class="note">{t('deposit.meta')}</p>
        <div class="row">
          <button type="submit" class="main" disabled={busy.value || room.files === 0}>
            {t('deposit.send')}
          </button>
        </div>
      </form>
      <div role="status">
        {sent.value.map((one, i) => (
          <SentView key={`${one.name}${i}`} sent={one} />
        ))}
      </div>
    </>
  );
}

function SentView({ sent: one }: { sent: Sent }) {
  const { name, state, share } = one;
  if (state === 'sending') {
    const percent = new Intl.NumberFormat(locale()).format(Math.floor(share * 100));
    return (
      <p>
        <progress value={share} max={1} aria-label={name} /> <br />
        <Foreign text={t('deposit.sending', { name, percent })} />
      </p>
    );
  }
  const text = state === 'done' ? 'deposit.done' : state === 'full' ? 'deposit.full' : 'deposit.failed';
  return (
    <p class={state === 'done' ? 'good' : 'bad'}>
      <Foreign text={t(text, { name })} />
    </p>
  );
}
