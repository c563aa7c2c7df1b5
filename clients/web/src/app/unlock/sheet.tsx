/** The recovery sheet as it is printed: the holder's language and German, digits from left to right. */
import { useEffect, useState } from 'preact/hooks';
import { writeSheet } from '../../formats/sheet.ts';
import { showHandle } from '../../formats/wallet.ts';
import { type Key, language, type Reading, reading, t } from '../../i18n/index.ts';
import { Digits, Qr } from '../../ui/kit.tsx';

export type SheetSecrets = {
  readonly handle: string;
  readonly recoveryCode: readonly string[];
  /** Only on the first sheet: later ones leave it as it is. */
  readonly stopCode?: readonly string[];
  readonly number: number;
};

function useGerman(): Reading | null {
  const [german, setGerman] = useState<Reading | null>(null);
  const needed = !language.value.startsWith('de');
  useEffect(() => {
    let gone = false;
    if (needed) reading('de').then((read) => !gone && setGerman(() => read));
    return () => {
      gone = true;
    };
  }, [needed]);
  return needed ? german : null;
}

function Numbered({ blocks }: { blocks: readonly string[] }) {
  return (
    <ol class="sheet-blocks" dir="ltr">
      {blocks.map((block, at) => (
        <li key={`${at}${block}`}>
          <Digits blocks={[block]} />
        </li>
      ))}
    </ol>
  );
}

/** `shown`: also on the screen, to be copied by hand. Otherwise only on paper. */
export function Sheet({ secrets, shown }: { secrets: SheetSecrets; shown: boolean }) {
  const german = useGerman();
  const both = (key: Key) => (
    <>
      {t(key)}
      {german !== null && (
        <span class="sheet-german" lang="de" dir="ltr">
          {german(key)}
        </span>
      )}
    </>
  );
  const { handle, recoveryCode, stopCode, number } = secrets;
  const place = `${location.host}/app`;
  return (
    <div class={shown ? 'sheet' : 'sheet printed'}>
      <p class="sheet-title">{both('unlock.paper.title')}</p>
      <p>{both('unlock.paper.keep')}</p>
      <div class="sheet-columns">
        <dl>
          <dt>{both('unlock.paper.where')}</dt>
          <dd>
            <bdi dir="ltr">{place}</bdi>
          </dd>
          <dt>{both('unlock.paper.handle')}</dt>
          <dd>
            <bdi dir="ltr" class="sheet-handle">
              {showHandle(handle)}
            </bdi>
          </dd>
        </dl>
        <Qr text={writeSheet({ handle, code: recoveryCode, number })} label={t('unlock.paper.title')} hint={false} />
      </div>
      <p class="sheet-label">{both('unlock.paper.code')}</p>
      <Numbered blocks={recoveryCode} />
      <p>{both('unlock.paper.pin')}</p>
      <p class="sheet-small">
        {both('unlock.paper.number')} <bdi dir="ltr">{number}</bdi>
      </p>
      {stopCode !== undefined && (
        <div class="sheet-stop">
          <p class="sheet-label">{both('unlock.paper.stop')}</p>
          <p>{both('unlock.paper.stopwhat')}</p>
          <p>
            <bdi dir="ltr">
              {place} · {showHandle(handle)}
            </bdi>
          </p>
          <Numbered blocks={stopCode} />
        </div>
      )}
    </div>
  );
}
