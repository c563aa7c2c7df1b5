import type { Screens } from '../routes.ts';

export const inbox: Screens = {
  inbox: { title: 'inbox.title', when: 'open', area: 'more', load: () => import('./list.tsx') },
  'inbox-new': { title: 'inbox.new.title', when: 'open', area: 'more', load: () => import('./new.tsx') },
  'inbox-code': { title: 'inbox.code.title', when: 'open', area: 'more', load: () => import('./code.tsx') },
  'inbox-item': { title: 'inbox.item.title', when: 'open', area: 'more', load: () => import('./item.tsx') },
  'inbox-keep': { title: 'inbox.what', when: 'open', area: 'more', load: () => import('./keep.tsx') },
};
