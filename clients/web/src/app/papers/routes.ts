import type { Screens } from '../routes.ts';

export const papers: Screens = {};
