/** What an office asks for: in the person's language where the registry has it, and in the German of the request. */
import type { Asked } from '../../grant/answering.ts';
import { language } from '../../i18n/index.ts';
import { Foreign } from '../../ui/kit.tsx';

export function Purpose({ asked: { agency, request } }: { asked: Asked }) {
  // The registry, which two of three sign, has the purpose in several languages; the request is in German.
  const named = agency.purposes.find((one) => one.id === request.purpose.id)?.text;
  const own = named !== undefined && Object.hasOwn(named, language.value) ? named[language.value] : undefined;
  return (
    <>
      {own !== undefined && (
        <p class="lead">
          <Foreign text={own} lang={language.value} />
        </p>
      )}
      {own !== request.purpose.text && (
        <p class={own === undefined ? 'lead' : 'help'}>
          <Foreign text={request.purpose.text} lang="de" />
        </p>
      )}
    </>
  );
}
