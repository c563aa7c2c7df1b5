/** What was shared, after every check. Values come from a wallet: shown as text, never as markup. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { ask, Problem, serverNow } from '../api/http.ts';
import { unb64u } from '../formats/encoding.ts';
import { Refusal } from '../formats/errors.ts';
import type { Slot } from '../formats/grant.ts';
import { checkPromise, readEvent } from '../formats/log.ts';
import { marksIn } from '../formats/mark.ts';
import { any, list, one, open, text } from '../formats/shape.ts';
import { named, reason } from '../i18n/fields.ts';
import { bytes, clockTime, locale, t } from '../i18n/index.ts';
import { Vouches } from '../ui/marks.tsx';
import { Foreign, Heading } from '../ui/shell.tsx';
import { ShownValue } from '../ui/shown.tsx';
import { asCsv, asJson } from './export.ts';
import { type Safe, safeFile, save } from './files.ts';
import type { FileFetch, Papers } from './redeem.ts';
import { pageRegistry } from './registry.ts';
import { current } from './state.ts';
import { date, show } from './value.ts';
import { TermsView } from './view.tsx';

export function PapersView({ papers }: { papers: Papers }) {
  const { policy, terms, record, slots } = papers;
  const groups = new Map<string, [string, Slot][]>();
  const files: [string, Slot][] = [];
  for (const entry of slots) {
    if (entry[1].attachment !== undefined) {
      files.push(entry);
      continue;
    }
    const type = entry[1].name.split('.')[0] as string;
    groups.set(type, [...(groups.get(type) ?? []), entry]);
  }
  const stem = `mappe-${new Date(record.time * 1000).toISOString().slice(0, 10)}-${policy.grant.slice(0, 6)}`;
  return (
    <>
      <Heading>{t('opened.heading')}</Heading>
      {papers.changed && (
        <p class="warn" role="status">
          {t('opened.changed')}
        </p>
      )}
      <p class="good">{t('opened.checked')}</p>
      <ReceiptNote papers={papers} />
      <p class="screen">{t('opened.until', { time: clockTime(papers.until) })}</p>
      <details class="screen">
        <summary>{t('opened.details')}</summary>
        <TermsView terms={terms} until={policy.exp} />
      </details>
      <div class="print">
        <TermsView terms={terms} until={policy.exp} />
      </div>
      {[...groups].map(([type, entries]) => (
        <section class="paper" key={type}>
          <h2>
            <Foreign text={named(`${type}.`).paper} />
          </h2>
          <dl>
            {entries.map(([slot, value]) => (
              <FieldView key={slot} slot={value} />
            ))}
          </dl>
        </section>
      ))}
      {files.length > 0 && (
        <section class="paper">
          <h2>{t('file.heading')}</h2>
          {files.map(([slot, value]) => (
            <FileView key={slot} id={slot} slot={value} />
          ))}
        </section>
      )}
      <section class="paper screen">
        <h2>{t('export.heading')}</h2>
        <div class="row">
          <button
            type="button"
            class="second"
            onClick={() => save([asJson(papers, serverNow())], `${stem}.json`, 'application/json')}
          >
            {t('export.json')}
          </button>
          <button type="button" class="second" onClick={() => save([asCsv(papers)], `${stem}.csv`, 'text/csv')}>
            {t('export.csv')}
          </button>
          <button type="button" class="second" onClick={() => print()}>
            {t('export.print')}
          </button>
        </div>
      </section>
    </>
  );
}

function FieldView({ slot }: { slot: Slot }) {
  const { field, spec } = named(slot.name);
  const { missing, computed_on: computed } = slot;
  const why = typeof slot.reason === 'string' ? reason(slot.reason) : null;
  return (
    <div class="field">
      <dt>
        <Foreign text={field} />
      </dt>
      <dd class="value">
        {missing === undefined ? <ShownValue shown={show(slot.value, spec)} /> : t(`field.missing.${missing}`)}
      </dd>
      <dd>
        <ul class="origin">
          {missing !== undefined && why !== null && (
            <li>
              {t('field.reason')}: <Foreign text={why} />
            </li>
          )}
          <Origin slot={slot} />
          {typeof computed === 'string' && <li>{t('field.computed', { date: date(computed) })}</li>}
        </ul>
      </dd>
    </div>
  );
}

function Origin({ slot }: { slot: Slot }) {
  const others = slot.evidence.length - marksIn(slot.evidence).length;
  return (
    <>
      <Vouches of={{ field: slot.name, ...slot }} registry={pageRegistry} />
      <li>
        {t('field.source')}: <Foreign text={slot.source} />
      </li>
      <li>
        {t('field.asof')}: {date(slot.as_of)}
      </li>
      {others > 0 && <li>{t('field.evidence', { n: others })}</li>}
    </>
  );
}

// -- the server's receipt ----------------------------------------------------------------------------------------------

const metaShape = open({ keys: list(open({ use: text, jwk: open({ x: any, crv: any }) })) });

async function receiptHolds({ receipt, record }: Papers): Promise<boolean> {
  const { keys } = await ask('/v1/meta', metaShape, { method: 'GET' });
  for (const { use, jwk } of keys) {
    if (use !== 'promise') continue;
    try {
      await checkPromise(receipt.promise, receipt.event, unb64u(String(jwk.x), 32));
      const event = readEvent(receipt.event);
      one('grant-opened', 'slot-delivered', 'more-entries')(event.kind); // the last: of a busy hour
      return event.grant === record.grant;
    } catch {
      // Perhaps another key of the server's.
    }
  }
  return false;
}

function ReceiptNote({ papers }: { papers: Papers }) {
  const broken = useSignal(false);
  useEffect(() => {
    receiptHolds(papers).then(
      (holds) => {
        broken.value = !holds;
      },
      () => undefined,
    );
  }, [papers]);
  return broken.value ? (
    <p class="warn" role="alert">
      {t('opened.receipt')}
    </p>
  ) : null;
}

// -- files -------------------------------------------------------------------------------------------------------------

type Load =
  | { readonly at: 'idle' }
  | { readonly at: 'loading'; readonly share: number }
  | { readonly at: 'ready'; readonly parts: BlobPart[] }
  | { readonly at: 'failed'; readonly why: 'connection' | 'altered' | 'over' };

/** Memory: a picture larger than this on one side is painted smaller. */
const WIDEST = 2000;

function FileView({ id, slot }: { id: string; slot: Slot }) {
  const attachment = slot.attachment as NonNullable<Slot['attachment']>;
  const safe = safeFile(attachment.name, attachment.media);
  const load = useSignal<Load>({ at: 'idle' });
  const fetcher = useRef<FileFetch | null>(null);
  const name = safe.name;
  const state = load.value;

  const get = async () => {
    fetcher.current ??= current().fetcher(id, attachment);
    load.value = { at: 'loading', share: 0 };
    try {
      const parts = await fetcher.current.run((share) => {
        load.value = { at: 'loading', share };
      });
      load.value = { at: 'ready', parts };
    } catch (error) {
      const over = error instanceof Problem && error.status !== 0 && error.status < 500;
      load.value = { at: 'failed', why: error instanceof Refusal ? 'altered' : over ? 'over' : 'connection' };
    }
  };

  return (
    <div class="field">
      <h3>
        <Foreign text={name} />
      </h3>
      <ul class="origin">
        <li>{named(slot.name).paper}</li>
        <li>{bytes(attachment.size)}</li>
        <Origin slot={slot} />
      </ul>
      {state.at === 'loading' && (
        <p role="status">
          <progress value={state.share} max={1} aria-label={name} /> <br />
          {t('file.getting', { name, percent: new Intl.NumberFormat(locale()).format(Math.floor(state.share * 100)) })}
        </p>
      )}
      {state.at === 'failed' && (
        <p class="bad" role="alert">
          {t(state.why === 'altered' ? 'file.altered' : state.why === 'over' ? 'file.over' : 'file.failed')}
        </p>
      )}
      {(state.at === 'idle' || (state.at === 'failed' && state.why === 'connection')) && (
        <div class="row">
          <button type="button" class="second" onClick={get}>
            {t('file.get', { name })}
          </button>
        </div>
      )}
      {state.at === 'ready' && <Ready parts={state.parts} safe={safe} />}
    </div>
  );
}

function Ready({ parts, safe }: { parts: BlobPart[]; safe: Safe }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!safe.painted) return;
    paint(parts, safe.media, canvas.current as HTMLCanvasElement).catch(() => canvas.current?.remove());
  }, [parts]);
  return (
    <>
      {safe.painted && <canvas ref={canvas} role="img" aria-label={safe.name} width="1" height="1" />}
      <p class="screen" role="status">
        {t('file.ready')} {safe.text && t('file.text')}
      </p>
      <div class="row">
        <button type="button" class="second" onClick={() => save(parts, safe.name, safe.media)}>
          {t('file.save', { name: safe.name })}
        </button>
      </div>
    </>
  );
}

/** Pixels only: nothing of the file reaches the document. */
async function paint(parts: BlobPart[], media: string, canvas: HTMLCanvasElement): Promise<void> {
  const bitmap = await createImageBitmap(new Blob(parts, { type: media }));
  const scale = Math.min(1, WIDEST / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
}
