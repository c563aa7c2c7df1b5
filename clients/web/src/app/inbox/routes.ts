import type { Screens } from '../routes.ts';

export const inbox: Screens = {};
