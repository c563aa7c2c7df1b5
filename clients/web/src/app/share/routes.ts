import type { Screens } from '../routes.ts';

export const share: Screens = {
  share: { title: 'share.title', when: 'open', load: () => import('./home.tsx') },
  scan: { title: 'share.scan.title', when: 'open', area: 'share', load: () => import('./scan.tsx') },
  // An office asks: who → why → which fields → exactly this? → digits for the clerk.
  request: { title: 'share.request.title', when: 'open', area: 'share', load: () => import('./request.tsx') },
  'request-why': { title: 'share.why.title', when: 'open', area: 'share', load: () => import('./request-why.tsx') },
  'request-fields': {
    title: 'share.fields.title',
    when: 'open',
    area: 'share',
    load: () => import('./request-fields.tsx'),
  },
  'request-preview': {
    title: 'share.preview.title',
    when: 'open',
    area: 'share',
    load: () => import('./request-preview.tsx'),
  },
  answered: { title: 'share.answered.title', when: 'open', area: 'share', load: () => import('./answered.tsx') },
  // The holder's own wish: who → what → until when → exactly this? → code and link.
  'first-show': { title: 'share.give.title', when: 'open', area: 'papers', load: () => import('./first.tsx') },
  give: { title: 'share.give.title', when: 'open', area: 'share', load: () => import('./give.tsx') },
  'give-office': { title: 'share.office.title', when: 'open', area: 'share', load: () => import('./give-office.tsx') },
  'give-desk': { title: 'share.here.title', when: 'open', area: 'share', load: () => import('./give-desk.tsx') },
  'give-what': { title: 'share.what.title', when: 'open', area: 'share', load: () => import('./give-what.tsx') },
  'give-fields': { title: 'share.pick.title', when: 'open', area: 'share', load: () => import('./give-fields.tsx') },
  'give-end': { title: 'share.end.title', when: 'open', area: 'share', load: () => import('./give-end.tsx') },
  'give-preview': {
    title: 'share.preview.title',
    when: 'open',
    area: 'share',
    load: () => import('./give-preview.tsx'),
  },
  handed: { title: 'share.here.done', when: 'open', area: 'share', load: () => import('./handed.tsx') },
  code: { title: 'share.code.title', when: 'open', area: 'share', load: () => import('./code.tsx') },
  roots: { title: 'share.roots.title', when: 'open', area: 'share', load: () => import('./roots.tsx') },
  running: { title: 'share.running.title', when: 'open', area: 'share', load: () => import('./running.tsx') },
};
