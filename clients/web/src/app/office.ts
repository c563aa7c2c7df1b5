/**
 * Whether this page was loaded to help at somebody else's computer (`app/more/assisted.ts`). The address with which it is
 * loaded decides, before anything is kept, and it does not change while the page lives: a shelf in memory only, no service
 * worker, no place in the history.
 */
export const OFFICE = '#/assist';

export const atOffice: boolean = globalThis.location?.hash.startsWith(OFFICE) ?? false;
