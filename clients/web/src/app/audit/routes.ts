import type { Screens } from '../routes.ts';

export const audit: Screens = {};
