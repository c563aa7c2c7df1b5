/** Own small symbols, drawn on 24 × 24 with one stroke: no font, no picture to load. Always beside a word. */

/** Paths only; `M…z` filled by nothing, stroked in the colour of the text. */
const PATHS = {
  papers: 'M3 7a2 2 0 0 1 2-2h4l2 2h8a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM8 12h8M8 16h5',
  paper: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  share: 'M4 12v7a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-7M12 15V4M8 8l4-4 4 4',
  eye: 'M2 12s3.5-6.5 10-6.5S22 12 22 12s-3.5 6.5-10 6.5S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  hide: 'M3 3l18 18M10 6a9 9 0 0 1 2-.3C18 5.7 22 12 22 12a17 17 0 0 1-3 3.7M6.5 7.5A17 17 0 0 0 2 12s4 6.5 10 6.5a9 9 0 0 0 3.5-.7M10 10a3 3 0 0 0 4 4',
  more: 'M4 6h16M4 12h16M4 18h16',
  back: 'M19 12H5M11 6l-6 6 6 6',
  next: 'M9 5l7 7-7 7',
  close: 'M5 5l14 14M19 5L5 19',
  plus: 'M12 5v14M5 12h14',
  check: 'M4 12.5l5 5L20 6.5',
  lock: 'M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4M12 15v2',
  open: 'M5 11h14v10H5zM8 11V7a4 4 0 0 1 7.5-2M12 15v2',
  key: 'M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12l8-8M16 7l3 3M14 9l2 2',
  finger:
    'M6 18c.8-2 1-4 1-6a5 5 0 0 1 10 0c0 3-.3 5-1 8M12 11.5c0 3.5-.3 6-1.5 9M4 14a10 10 0 0 0 .2-2 8 8 0 0 1 15.6-2.5',
  digits: 'M4 6h16v12H4zM8 10h.01M12 10h.01M16 10h.01M8 14h.01M12 14h.01M16 14h.01',
  phone: 'M7 2h10a1 1 0 0 1 1 1v18a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM11 18.5h2',
  computer: 'M3 5h18v11H3zM8 20h8M12 16v4',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4 3.5-6 8-6s8 2 8 6',
  people:
    'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2 20c0-3.5 3-5 7-5s7 1.5 7 5M16 5.5a3.5 3.5 0 0 1 0 6.5M18 15.3c2.5.6 4 2 4 4.7',
  camera: 'M3 8h4l2-3h6l2 3h4v11H3zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z',
  picture: 'M4 4h16v16H4zM4 16l5-5 4 4 3-3 4 4M15 8.5h.01',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L21 21',
  qr: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2M20 14v6h-6v-2M18 17h.01',
  scan: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M7 12h10',
  link: 'M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17',
  print: 'M7 9V3h10v6M7 17H4v-7h16v7h-3M7 14h10v7H7z',
  save: 'M12 4v11M8 11l4 4 4-4M4 20h16',
  upload: 'M12 15V4M8 8l4-4 4 4M4 20h16',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  calendar: 'M4 6h16v15H4zM4 10h16M8 3v5M16 3v5',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2',
  timeline: 'M6 3v18M6 7h12M6 12h9M6 17h12',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6',
  undo: 'M8 5L4 9l4 4M4 9h9a6 6 0 0 1 0 12h-3',
  edit: 'M4 20l1-5L16 4l4 4L9 19zM13.5 6.5l4 4',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7.5h.01',
  warn: 'M12 3L2 20h20zM12 10v5M12 17.5h.01',
  stop: 'M8 2h8l6 6v8l-6 6H8l-6-6V8zM12 7v6M12 16.5h.01',
  offline: 'M3 3l18 18M7 18h10M6 18a4 4 0 0 1-.5-8M9 7a6 6 0 0 1 9 4 3.8 3.8 0 0 1 2.5 5.5',
  sync: 'M4 11a8 8 0 0 1 14-4l2 2M20 4v5h-5M20 13a8 8 0 0 1-14 4l-2-2M4 20v-5h5',
  globe: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9S9 6 12 3z',
  office: 'M4 21V9l8-5 8 5v12M3 21h18M9 21v-6h6v6M8.5 11h.01M12 11h.01M15.5 11h.01',
  inbox: 'M4 13l3-9h10l3 9v7H4zM4 13h5l1.5 3h3L15 13h5',
  home: 'M3 11l9-8 9 8M6 9v12h12V9M10 21v-6h4v6',
  settings:
    'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M18.7 5.3l-2.1 2.1M7.4 16.6l-2.1 2.1',
  sheet: 'M5 3h14v18H5zM8 7h4v4H8zM15 7h1M15 10h1M8 15h8M8 18h6',
  speaker: 'M4 9h4l5-4v14l-5-4H4zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11',
  help: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 16.5h.01',
  leave: 'M10 4H5v16h5M14 8l4 4-4 4M9 12h9',
  letter: 'M3 6h18v13H3zM3 7l9 7 9-7',
  // Signs of wallets (ui/kit/sign.tsx)
  tree: 'M12 3l6 7h-3l4 6H5l4-6H6zM12 16v5',
  star: 'M12 3l2.7 5.8 6.3.7-4.7 4.3 1.3 6.2-5.6-3.1L6.4 20l1.3-6.2L3 9.5l6.3-.7z',
  fish: 'M3 12c3-5 9-6.5 13-2.5L21 6v12l-5-3.5C12 18.5 6 17 3 12zM8 11h.01',
  heart: 'M12 20S3.5 15 3.5 9A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8.5 2c0 6-8.5 11-8.5 11z',
  moon: 'M19.5 15A8.5 8.5 0 1 1 10 3.5a7 7 0 0 0 9.5 11.5z',
  flower:
    'M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM12 9.5a3 3 0 1 1 2.3 1.5M14.5 12a3 3 0 1 1-1.5 2.3M12 14.5a3 3 0 1 1-2.3-1.5M9.5 12a3 3 0 1 1 1.5-2.3',
  bird: 'M3 8l4-1a5 5 0 0 1 9 1l5 8h-7a7 7 0 0 1-8-7zM9 20l2-4M13 20l1-4M9 7.5h.01',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.700 5.3l-1.4 1.4M6.700 17.3l-1.4 1.4',
} as const;

export type IconName = keyof typeof PATHS;
/** These point along the line of reading: mirrored where it runs from right to left. */
const MIRRORED: ReadonlySet<IconName> = new Set(['back', 'next', 'leave', 'undo']);

export function Icon({ name, large = false }: { name: IconName; large?: boolean }) {
  const classes = ['icon', large ? 'icon-large' : '', MIRRORED.has(name) ? 'icon-mirrored' : ''];
  return (
    <svg class={classes.filter(Boolean).join(' ')} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
