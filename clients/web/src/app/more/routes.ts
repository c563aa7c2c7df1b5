import type { Screens } from '../routes.ts';

export const more: Screens = {};
