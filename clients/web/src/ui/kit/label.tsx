/** A text, and beneath it the same in a second language while somebody helps beside the holder. */
import { beside, type Fill, type Key, LANGUAGES, t, tBeside } from '../../i18n/index.ts';

export function Label({ k, fill = {} }: { k: Key; fill?: Fill }) {
  const second = beside.value;
  if (second === null) return <>{t(k, fill)}</>;
  return (
    <span class="two">
      <span>{t(k, fill)}</span>
      <span class="two-second" lang={second} dir={LANGUAGES[second].dir}>
        {tBeside(k, fill)}
      </span>
    </span>
  );
}
