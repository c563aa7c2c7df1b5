import type { Screens } from '../routes.ts';

export const unlock: Screens = {
  start: { title: 'unlock.start.title', when: 'locked', load: () => import('./start.tsx') },
};
