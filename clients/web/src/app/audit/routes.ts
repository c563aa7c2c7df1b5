import type { Screens } from '../routes.ts';

export const audit: Screens = {
  audit: { title: 'audit.title', when: 'open', load: () => import('./home.tsx') },
  'audit-by': { title: 'audit.by.title', when: 'open', area: 'audit', load: () => import('./by.tsx') },
  'audit-entry': { title: 'audit.entry.title', when: 'open', area: 'audit', load: () => import('./entry.tsx') },
  receipt: { title: 'audit.receipt.title', when: 'open', area: 'audit', load: () => import('./receipt.tsx') },
  letter: { title: 'audit.letter.title', when: 'open', area: 'audit', load: () => import('./letter.tsx') },
  letters: { title: 'audit.letters.title', when: 'open', area: 'audit', load: () => import('./letters.tsx') },
  report: { title: 'audit.report.title', when: 'open', area: 'audit', load: () => import('./report.tsx') },
};
