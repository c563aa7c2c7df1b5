import loaders from 'virtual:catalogue/app';
import texts from 'virtual:texts/app';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { startSettings } from '../app/more/settings.ts';
import { atOffice } from '../app/office.ts';
import { hasUnsaved, startRouter, toDoor } from '../app/router.ts';
import { startSession, wallet } from '../app/session.ts';
import { shelf, wasHere } from '../app/shelf.ts';
import { App, comesWithPage } from '../app/shell.tsx';
import Start from '../app/unlock/start.tsx';
import { registerWorker } from '../app/update.ts';
import { setLoaders } from '../i18n/fields.ts';
import { start } from '../i18n/index.ts';
import { keepFocus } from '../ui/focus.ts';
import '../ui/kit.css';

setLoaders(loaders);
keepFocus();
startRouter();
startSession({ hasUnsaved, whenLocked: toDoor });
const spoken = start(texts);
// On a computer of somebody else nothing is opened that keeps anything.
const settled = atOffice ? spoken : startSettings(shelf(), spoken);
// The database of a cheap phone opens slowly: somebody new, for whom it holds nothing, does not wait for it.
await (wasHere() ? settled : spoken);
comesWithPage('start', Start);
render(<App />, document.getElementById('app') as HTMLElement);
if (!atOffice) void registerWorker();
// Not before something can be shared: its code is no part of the first screen.
effect(() => {
  if (wallet.value !== null) void import('../app/share/follow.ts').then(({ follow }) => follow());
});
