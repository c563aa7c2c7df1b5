import type { Screens } from '../routes.ts';

export const unlock: Screens = {
  start: { title: 'shell.name', when: 'locked', load: () => import('./start.tsx') },
  first: { title: 'unlock.first.title', when: 'locked', load: () => import('./first.tsx') },
  enter: { title: 'unlock.enter.title', when: 'locked', load: () => import('./enter.tsx') },
  open: { title: 'unlock.open', when: 'locked', load: () => import('./open.tsx') },
  adopt: { title: 'unlock.enter.digits', when: 'locked', load: () => import('./adopt.tsx') },
  recover: { title: 'unlock.enter.sheet', when: 'locked', load: () => import('./recover.tsx') },
  join: { title: 'unlock.enter.join', when: 'locked', load: () => import('./join.tsx') },
  again: { title: 'unlock.again', when: 'open', load: () => import('./again.tsx') },
};
