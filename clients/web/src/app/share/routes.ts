import type { Screens } from '../routes.ts';

export const share: Screens = {};
