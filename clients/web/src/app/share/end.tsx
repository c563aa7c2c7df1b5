/** Until when. The day is named, not only a number of days. */
import { DAY } from '../../grant/grants.ts';
import { count, dated, locale, t } from '../../i18n/index.ts';
import { Choice, Label } from '../../ui/kit.tsx';

export function dayOf(seconds: number, tag: string = locale()): string {
  return new Intl.DateTimeFormat(tag, { dateStyle: dated('long', tag) }).format(seconds * 1000);
}

type EndProps = { readonly ends: readonly number[]; readonly value: number; readonly onChange: (life: number) => void };

export function EndChoice({ ends, value, onChange }: EndProps) {
  const now = Math.floor(Date.now() / 1000);
  return (
    <Choice
      label={<Label k="share.until" />}
      value={String(value)}
      options={ends.map((life) => ({
        value: String(life),
        label: count('share.days', life / DAY),
        note: t('share.until.day', { day: dayOf(now + life) }),
      }))}
      onChange={(life) => onChange(Number(life))}
    />
  );
}
