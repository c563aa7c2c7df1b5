import type { Screens } from '../routes.ts';

export const unlock: Screens = {};
