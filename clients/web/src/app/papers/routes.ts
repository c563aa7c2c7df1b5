import type { Screens } from '../routes.ts';

export const papers: Screens = {
  papers: { title: 'papers.title', when: 'open', load: () => import('./home.tsx') },
  'paper-add': { title: 'papers.add', when: 'open', area: 'papers', load: () => import('./add.tsx') },
  'paper-scan': { title: 'papers.scan.title', when: 'open', area: 'papers', load: () => import('./scan.tsx') },
  'paper-kind': { title: 'papers.kind.title', when: 'open', area: 'papers', load: () => import('./kind.tsx') },
  paper: { title: 'papers.paper', when: 'open', area: 'papers', load: () => import('./paper.tsx') },
  'paper-fill': { title: 'papers.fill.title', when: 'open', area: 'papers', load: () => import('./fill.tsx') },
  'paper-value': { title: 'papers.value', when: 'open', area: 'papers', load: () => import('./field.tsx') },
  'paper-zone': { title: 'papers.zone', when: 'open', area: 'papers', load: () => import('./zone.tsx') },
  'paper-state': { title: 'papers.state', when: 'open', area: 'papers', load: () => import('./state.tsx') },
  'paper-remind': { title: 'papers.remind', when: 'open', area: 'papers', load: () => import('./remind.tsx') },
  'paper-file': { title: 'papers.file', when: 'open', area: 'papers', load: () => import('./file.tsx') },
  'paper-copy': { title: 'papers.copy', when: 'open', area: 'papers', load: () => import('./copy.tsx') },
  'paper-conflict': {
    title: 'devices.conflict.title',
    when: 'open',
    area: 'papers',
    load: () => import('./conflict.tsx'),
  },
  'paper-timeline': { title: 'papers.timeline', when: 'open', area: 'papers', load: () => import('./timeline.tsx') },
  'paper-reminders': { title: 'papers.reminders', when: 'open', area: 'papers', load: () => import('./reminders.tsx') },
  'paper-trash': { title: 'papers.trash', when: 'open', area: 'papers', load: () => import('./trash.tsx') },
  people: { title: 'papers.people', when: 'open', area: 'papers', load: () => import('./people.tsx') },
  person: { title: 'papers.person', when: 'open', area: 'papers', load: () => import('./person.tsx') },
};
