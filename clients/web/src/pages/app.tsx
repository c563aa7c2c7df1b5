import loaders from 'virtual:catalogue/app';
import texts from 'virtual:texts/app';
import { render } from 'preact';
import { hasUnsaved, startRouter, toDoor } from '../app/router.ts';
import { startSession } from '../app/session.ts';
import { App } from '../app/shell.tsx';
import { registerWorker } from '../app/update.ts';
import { setLoaders } from '../i18n/fields.ts';
import { start } from '../i18n/index.ts';
import '../ui/kit.css';

setLoaders(loaders);
startRouter();
startSession({ hasUnsaved, whenLocked: toDoor });
await start(texts);
render(<App />, document.getElementById('app') as HTMLElement);
void registerWorker();
