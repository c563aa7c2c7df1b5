/** How does the paper get in? By camera, from the gallery, as a file, by dropping it here, or without a picture. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import type { Clean } from '../../store/cleaning.ts';
import { addPaper, people, textOf } from '../../store/papers.ts';
import { Busy, Button, Icon, Label, List, Notice, Row, Screen, toast } from '../../ui/kit.tsx';
import { back, go, replace } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { useDoing } from './common.tsx';
import { begin, draft, keep, MOST_PAGES, photoOf } from './draft.ts';
import { Select } from './inputs.tsx';
import './papers.css';

const isPicture = (file: File) => file.type.startsWith('image/') && file.type !== 'image/svg+xml';

export default function Add({ params: [paper] }: { params: Params }) {
  const [person, setPerson] = useState('');
  const [asked, setAsked] = useState<readonly Clean[] | null>(null);
  const [over, setOver] = useState(false);
  const pictures = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const doing = useDoing();
  const persons = people(vault());
  const whose = () => (person === '' ? null : person);
  const start = () => begin(paper ?? null, whose());

  const take = (chosen: readonly File[]) => {
    if (chosen.length === 0) return;
    start();
    doing.run(async () => {
      if (chosen.every(isPicture)) {
        const pages = [];
        for (const file of chosen.slice(0, MOST_PAGES)) pages.push(await photoOf(file));
        draft.value = { ...draft.value, pages };
        go('paper-scan', 'pages');
        return;
      }
      const { cleaned } = await import('../../store/cleaning.ts');
      const clean: Clean[] = [];
      for (const file of chosen) clean.push(await cleaned(file, file.name));
      if (clean.some((one) => one.left.length > 0)) setAsked(clean);
      else await store(clean);
    });
  };

  const store = async (clean: readonly Clean[]) => {
    const open = vault();
    const kept = [];
    for (const { blob, name, media } of clean) kept.push(await open.outbox.file(blob, { name, media }));
    const isNew = draft.value.paper === null;
    const id = await keep(open, kept, draft.value);
    toast(t('papers.kept'));
    if (isNew) replace('paper-kind', id, 'new');
    else back();
  };

  const without = () =>
    doing.run(async () => {
      const id = await addPaper(vault(), {
        type: 'other_paper',
        title: t('papers.new'),
        ...(whose() === null ? {} : { person: whose() as string }),
      });
      replace('paper-kind', id, 'new');
    });

  useEffect(() => {
    // What a picture needs comes while the person still looks for the picture.
    const studio = import('../../camera/studio.ts');
    studio.then(({ warm }) => warm()).catch(() => undefined);
    import('./scan.tsx').catch(() => undefined);
    return () => {
      if (draft.peek().pages.length === 0) studio.then(({ close }) => close()).catch(() => undefined);
    };
  }, []);

  useEffect(() => {
    // A file dropped beside the place would otherwise take the page's place.
    const no = (event: DragEvent) => event.preventDefault();
    addEventListener('dragover', no);
    addEventListener('drop', no);
    return () => {
      removeEventListener('dragover', no);
      removeEventListener('drop', no);
    };
  }, []);

  if (asked !== null) {
    return (
      <AsItIs
        key="asked"
        clean={asked}
        busy={doing.busy}
        no={() => setAsked(null)}
        yes={() => doing.run(() => store(asked))}
      />
    );
  }
  const picker = (props: { accept?: string; capture?: 'environment'; multiple?: boolean }, ref: typeof files) => (
    <input
      ref={ref}
      type="file"
      hidden
      tabIndex={-1}
      {...props}
      onChange={(event) => {
        const input = event.currentTarget;
        take([...(input.files ?? [])]);
        input.value = '';
      }}
    />
  );
  const live = navigator.mediaDevices?.getUserMedia !== undefined;
  return (
    <Screen title={t(paper === undefined ? 'papers.add' : 'papers.pages.more')} back={back}>
      {doing.problem}
      {doing.busy && <Busy text={t('papers.working')} />}
      {persons.length > 0 && paper === undefined && (
        <Select
          label={<Label k="papers.whose" />}
          options={persons.map((one) => [one.id, textOf(one.payload, 'label')] as const)}
          value={person}
          onChange={setPerson}
          none={t('papers.person.me')}
        />
      )}
      {picker({ accept: 'image/*', capture: 'environment' }, camera)}
      {picker({ accept: 'image/*', multiple: true }, pictures)}
      {picker({ multiple: true }, files)}
      <List label={t('papers.add')}>
        <Row
          icon="camera"
          title={<Label k="papers.add.camera" />}
          second={<Label k="papers.add.camera.note" />}
          onClick={() => {
            if (!live) {
              camera.current?.click();
              return;
            }
            start();
            go('paper-scan');
          }}
        />
        <Row icon="picture" title={<Label k="papers.add.gallery" />} onClick={() => pictures.current?.click()} />
        <Row
          icon="upload"
          title={<Label k="papers.add.file" />}
          second={<Label k="papers.add.file.note" />}
          onClick={() => files.current?.click()}
        />
        {paper === undefined && (
          <Row
            icon="edit"
            title={<Label k="papers.add.without" />}
            second={<Label k="papers.add.without.note" />}
            onClick={without}
          />
        )}
      </List>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a further way beside the buttons above */}
      <div
        class={over ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take([...(event.dataTransfer?.files ?? [])]);
        }}
      >
        <Icon name="upload" />
        <span>
          <Label k="papers.drop" />
        </span>
      </div>
    </Screen>
  );
}

type AsItIsProps = {
  readonly clean: readonly Clean[];
  readonly busy: boolean;
  readonly no: () => void;
  readonly yes: () => void;
};

/** What cannot be cleaned is said before it is kept: "no" is as easy as "yes". */
function AsItIs({ clean, busy, no, yes }: AsItIsProps) {
  const left = [...new Set(clean.flatMap((one) => one.left))];
  return (
    <Screen
      title={<Label k="papers.asis" />}
      back={no}
      foot={
        <>
          <Button busy={busy} onClick={yes}>
            <Label k="papers.asis.yes" />
          </Button>
          <Button kind="quiet" onClick={no}>
            <Label k="papers.asis.no" />
          </Button>
        </>
      }
    >
      <Notice kind="warn">
        <p>
          <Label k="papers.asis.text" />
        </p>
        <ul>
          {left.map((one) => (
            <li key={one}>{t(`papers.left.${one}`)}</li>
          ))}
        </ul>
      </Notice>
    </Screen>
  );
}
