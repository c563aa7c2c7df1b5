/** From the camera to pages: take, set the corners, next page, keep. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Quad } from '../../camera/edges.ts';
import { plausible } from '../../camera/edges.ts';
import type { Turn } from '../../camera/photo.ts';
import { count, t } from '../../i18n/index.ts';
import { Button, Icon, Label, More, Notice, Progress, Screen, Tick, toast } from '../../ui/kit.tsx';
import { back, replace, useUnsaved } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { useDoing } from './common.tsx';
import { bound, draft, keep, MOST_PAGES, type Photo, photoOf, put } from './draft.ts';
import './papers.css';

type Stage = { readonly at: 'camera' } | { readonly at: 'adjust'; readonly index: number } | { readonly at: 'pages' };

export default function Scan({ params: [first] }: { params: Params }) {
  const [stage, setStage] = useState<Stage>(
    first === 'pages' && draft.value.pages.length > 0 ? { at: 'pages' } : { at: 'camera' },
  );
  const pages = draft.value.pages;
  const [kept, setKept] = useState(false);
  // The very first paper of a wallet: one page, and on at once; more pages and fields come later, from the paper itself.
  const quick = first === 'first';
  useUnsaved(() => draft.value.pages.length > 0 && !kept);
  useEffect(
    () => () => {
      import('../../camera/studio.ts').then(({ close }) => close());
    },
    [],
  );
  if (stage.at === 'camera') {
    return (
      <Camera
        key="camera"
        leave={pages.length > 0 ? () => setStage({ at: 'pages' }) : back}
        taken={(photo) => {
          put(pages.length, photo);
          setStage({ at: 'adjust', index: pages.length });
        }}
      />
    );
  }
  const photo = stage.at === 'adjust' ? pages[stage.index] : undefined;
  if (stage.at === 'adjust' && photo !== undefined) {
    return (
      <Adjust
        key={`adjust ${stage.index}`}
        photo={photo}
        done={(next) => {
          put(stage.index, next);
          setStage({ at: 'pages' });
        }}
        again={() => {
          put(stage.index, null);
          setStage({ at: 'camera' });
        }}
      />
    );
  }
  return (
    <Pages
      key="pages"
      pages={pages}
      quick={quick}
      adjust={(index) => setStage({ at: 'adjust', index })}
      more={() => setStage({ at: 'camera' })}
      kept={() => setKept(true)}
    />
  );
}

// -- camera ----------------------------------------------------------------------------------------------------------

/** Milliseconds between two looks: the next one begins only when the last has ended. */
const LOOK_EVERY = 150;
/** Milliseconds: some phones never answer when they are asked for a photo. */
const PHOTO_PATIENCE = 4000;

type Grabber = { takePhoto(): Promise<Blob> };

async function grab(video: HTMLVideoElement): Promise<Blob> {
  const [track] = (video.srcObject as MediaStream).getVideoTracks();
  const Capture = (globalThis as { ImageCapture?: new (track: MediaStreamTrack) => Grabber }).ImageCapture;
  if (Capture !== undefined && track !== undefined) {
    try {
      // The sensor has more pixels than its film.
      const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('late')), PHOTO_PATIENCE));
      return await Promise.race([new Capture(track).takePhoto(), late]);
    } catch {
      // Then the frame that is seen.
    }
  }
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('no-canvas')) : resolve(blob)), 'image/jpeg', 0.95);
  });
}

function Camera({ taken, leave }: { taken: (photo: Photo) => void; leave: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [quad, setQuad] = useState<Quad | null>(null);
  const [denied, setDenied] = useState(false);
  const [ready, setReady] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const doing = useDoing();
  useEffect(() => {
    let stream: MediaStream | null = null;
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wanted = { facingMode: { ideal: 'environment' }, width: { ideal: 2560 }, height: { ideal: 1920 } };
    const begin = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      if (gone || video.current === null) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      video.current.srcObject = stream;
      await video.current.play();
      setReady(true);
      watch();
    };
    const watch = () => {
      timer = setTimeout(async () => {
        const now = video.current;
        if (gone || now === null) return;
        if (!document.hidden && now.videoWidth > 0) {
          try {
            const [{ look }, { LOOK }] = await Promise.all([
              import('../../camera/studio.ts'),
              import('../../camera/edges.ts'),
            ]);
            const long = now.videoWidth >= now.videoHeight ? { resizeWidth: LOOK } : { resizeHeight: LOOK };
            const seen = await look(await createImageBitmap(now, { ...long, resizeQuality: 'low' }));
            if (!gone) setQuad(seen.usual.quad);
          } catch {
            // One look missed; the next comes.
          }
        }
        if (!gone) watch();
      }, LOOK_EVERY);
    };
    begin().catch(() => {
      if (!gone) setDenied(true);
    });
    return () => {
      gone = true;
      clearTimeout(timer);
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, []);
  const take = () =>
    doing.run(async () => {
      const now = video.current;
      if (now === null) return;
      taken(await photoOf(await grab(now)));
    });
  const picked = (event: { currentTarget: HTMLInputElement }) => {
    const [one] = event.currentTarget.files ?? [];
    if (one !== undefined) doing.run(async () => taken(await photoOf(one)));
  };
  return (
    <Screen
      title={<Label k="papers.scan.title" />}
      back={leave}
      foot={
        denied ? (
          <Button icon="camera" busy={doing.busy} onClick={() => file.current?.click()}>
            <Label k="papers.scan.other" />
          </Button>
        ) : (
          <Button icon="camera" busy={doing.busy} disabled={!ready} onClick={take}>
            <Label k="papers.scan.take" />
          </Button>
        )
      }
    >
      {doing.problem}
      <input ref={file} type="file" hidden tabIndex={-1} accept="image/*" capture="environment" onChange={picked} />
      {denied ? (
        <Notice kind="warn">
          <p>
            <Label k="papers.scan.denied" />
          </p>
        </Notice>
      ) : (
        <figure class="camera" dir="ltr">
          <video ref={video} playsInline muted autoplay aria-label={t('papers.scan.video')} />
          {quad !== null && <Outline quad={quad} />}
        </figure>
      )}
      {!denied && (
        <p role="status">
          {quad !== null && <Icon name="check" />} {t(quad === null ? 'papers.scan.hint' : 'papers.scan.found')}
        </p>
      )}
    </Screen>
  );
}

function Outline({ quad }: { quad: Quad }) {
  return (
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={quad.map(({ x, y }) => `${x * 100},${y * 100}`).join(' ')} />
    </svg>
  );
}

// -- corners ---------------------------------------------------------------------------------------------------------

const CORNERS = ['top-left', 'top-right', 'bottom-right', 'bottom-left'] as const;
/** Shares of the picture for one press of an arrow key. */
const STEP = 0.01;
const FULL: Quad = [
  { x: 0.03, y: 0.03 },
  { x: 0.97, y: 0.03 },
  { x: 0.97, y: 0.97 },
  { x: 0.03, y: 0.97 },
];

function useUrl(blob: Blob): string {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return url;
}

type AdjustProps = { readonly photo: Photo; readonly done: (photo: Photo) => void; readonly again: () => void };

function Adjust({ photo, done, again }: AdjustProps) {
  const [quad, setQuad] = useState<Quad | null>(photo.quad);
  const [clear, setClear] = useState(photo.clear);
  const figure = useRef<HTMLElement>(null);
  const url = useUrl(photo.preview);
  const put = (corner: number, x: number, y: number) => {
    const point = { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) };
    const next = (quad ?? FULL).map((one, i) => (i === corner ? point : one)) as unknown as Quad;
    if (plausible(next.map((one) => ({ x: one.x * photo.width, y: one.y * photo.height })))) setQuad(next);
  };
  const drag = (corner: number) => (event: PointerEvent) => {
    const box = figure.current?.getBoundingClientRect();
    if (box === undefined || (event.buttons & 1) === 0) return;
    put(corner, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  const press = (corner: number) => (event: KeyboardEvent) => {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    };
    const move = moves[event.key];
    const at = quad?.[corner];
    if (move === undefined || at === undefined) return;
    event.preventDefault();
    put(corner, at.x + move[0], at.y + move[1]);
  };
  return (
    <Screen
      title={<Label k="papers.adjust.title" />}
      back={again}
      foot={
        <>
          <Button icon="check" onClick={() => done({ ...photo, quad, clear })}>
            <Label k="papers.adjust.done" />
          </Button>
          <Button kind="quiet" icon="camera" onClick={again}>
            <Label k="papers.adjust.again" />
          </Button>
        </>
      }
    >
      <p>{t(quad === null ? 'papers.adjust.whole' : 'papers.adjust.text')}</p>
      <figure class="adjust" dir="ltr" ref={figure}>
        {url !== '' && <img src={url} alt={t('papers.adjust.photo')} draggable={false} />}
        {quad !== null && <Outline quad={quad} />}
        {quad?.map((point, i) => (
          <button
            key={CORNERS[i]}
            type="button"
            class="corner"
            style={{ left: `${point.x * 100}%`, top: `${point.y * 100}%` }}
            aria-label={t(`papers.corner.${CORNERS[i] as (typeof CORNERS)[number]}`)}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag(i)}
            onKeyDown={press(i)}
          />
        ))}
      </figure>
      <More icon="settings" label={<Label k="shell.nav.more" />}>
        <Tick
          label={<Label k="papers.adjust.cut" />}
          checked={quad !== null}
          onChange={(cut) => setQuad(cut ? (photo.quad ?? FULL) : null)}
        />
        <Tick label={<Label k="papers.adjust.clear" />} checked={clear} onChange={setClear} />
      </More>
    </Screen>
  );
}

// -- pages -----------------------------------------------------------------------------------------------------------

type PagesProps = {
  readonly pages: readonly Photo[];
  /** Kept without asking for more pages. */
  readonly quick: boolean;
  readonly adjust: (index: number) => void;
  readonly more: () => void;
  readonly kept: () => void;
};

function Pages({ pages, quick, adjust, more, kept }: PagesProps) {
  const [done, setDone] = useState<number | null>(null);
  const doing = useDoing();
  const save = () =>
    doing.run(async () => {
      setDone(0);
      try {
        const file = await bound(pages, setDone);
        const open = vault();
        const stored = await open.outbox.file(file.blob, { name: file.name, media: file.media });
        const isNew = draft.value.paper === null;
        const id = await keep(open, [stored], draft.value);
        kept();
        draft.value = { paper: null, person: null, pages: [] };
        // On the quick way the next screens say it, and a toast would lie upon their buttons.
        if (!quick) toast(t('papers.kept'));
        if (isNew) replace('paper-kind', id, quick ? 'first' : 'new');
        else replace('paper', id);
      } finally {
        setDone(null);
      }
    });
  useEffect(() => {
    if (quick && pages.length > 0) save();
  }, []);
  const turn = (index: number, photo: Photo) => put(index, { ...photo, turn: ((photo.turn + 90) % 360) as Turn });
  return (
    <Screen
      title={count('papers.pages.count', pages.length)}
      back={back}
      foot={
        <>
          <Button icon="check" busy={doing.busy} disabled={pages.length === 0} onClick={save}>
            <Label k="papers.pages.keep" />
          </Button>
          {pages.length < MOST_PAGES && (
            <Button kind="quiet" icon="plus" onClick={more}>
              <Label k="papers.pages.more" />
            </Button>
          )}
        </>
      }
    >
      {doing.problem}
      {done !== null && (
        <Progress label={t('papers.working')} value={pages.length === 0 ? 0 : done / (pages.length + 1)} />
      )}
      <Notice kind="info">
        <p>
          <Label k="papers.pages.can" />
        </p>
      </Notice>
      <ol class="pages">
        {pages.map((photo, i) => (
          <PageView
            key={i}
            photo={photo}
            n={i + 1}
            adjust={() => adjust(i)}
            turn={() => turn(i, photo)}
            drop={() => put(i, null)}
          />
        ))}
      </ol>
    </Screen>
  );
}

type PageProps = {
  readonly photo: Photo;
  readonly n: number;
  readonly adjust: () => void;
  readonly turn: () => void;
  readonly drop: () => void;
};

function PageView({ photo, n, adjust, turn, drop }: PageProps) {
  const url = useUrl(photo.preview);
  return (
    <li class="page">
      <div class={`page-picture turn-${photo.turn}`} dir="ltr">
        {url !== '' && <img src={url} alt={t('papers.page', { n })} />}
        {photo.quad !== null && <Outline quad={photo.quad} />}
      </div>
      <div class="page-tools">
        <button type="button" class="round" aria-label={t('papers.page.adjust', { n })} onClick={adjust}>
          <Icon name="edit" />
        </button>
        <button type="button" class="round" aria-label={t('papers.page.turn', { n })} onClick={turn}>
          <Icon name="sync" />
        </button>
        <button type="button" class="round" aria-label={t('papers.page.drop', { n })} onClick={drop}>
          <Icon name="trash" />
        </button>
      </div>
    </li>
  );
}
