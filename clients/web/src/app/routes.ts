/**
 * Every screen of the holder's app, by name. An area lists its own; this table is what the router, the tests over every
 * screen and the gallery walk through. A screen is loaded when it is first shown. The first screens of the areas behind the
 * four symbols are called `papers`, `share`, `audit` and `more`; the door is `start`.
 */
import type { ComponentType } from 'preact';
import type { Key } from '../i18n/index.ts';
import { audit } from './audit/routes.ts';
import { inbox } from './inbox/routes.ts';
import { more } from './more/routes.ts';
import { papers } from './papers/routes.ts';
import { share } from './share/routes.ts';
import { unlock } from './unlock/routes.ts';

/** What stands in the address behind the `#/name/`: ids only, never a secret. */
export type Params = readonly string[];
export type Screen = {
  readonly title: Key;
  /** `locked`: shown while no wallet is open; `open`: needs one; `any`: both. */
  readonly when: 'locked' | 'open' | 'any';
  /** The symbol of the navigation to which it belongs, if it has no symbol of its own. */
  readonly area?: 'papers' | 'share' | 'audit' | 'more';
  /** Stands alone, without header and navigation, and its title is all that the tab says. */
  readonly bare?: boolean;
  readonly load: () => Promise<{ default: ComponentType<{ params: Params }> }>;
};
export type Screens = Readonly<Record<string, Screen>>;

export const ROUTES: Screens = { ...unlock, ...papers, ...share, ...audit, ...inbox, ...more };
