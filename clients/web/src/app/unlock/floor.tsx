/**
 * The number of the last change, as it stands on the sheet or on another device: anything older is refused (chain.md,
 * "Pin"). It may stay empty; the question whose wallet it is comes all the same.
 */
import { readDigits } from '../../formats/encoding.ts';
import { t } from '../../i18n/index.ts';
import { TextField } from '../../ui/kit.tsx';

/** Of a change number: a wallet that is written to every minute needs 1,900 years for more. */
const MOST_DIGITS = 9;

/** 0 where nothing stands; null where it is no number. */
export function floorOf(typed: string): number | null {
  if (typed.trim() === '') return 0;
  try {
    const digits = readDigits(typed);
    return digits.length <= MOST_DIGITS ? Number(digits) : null;
  } catch {
    return null;
  }
}

export function FloorField({ value, onInput }: { value: string; onInput: (value: string) => void }) {
  return (
    <TextField
      label={t('devices.floor')}
      help={t('devices.floor.help')}
      value={value}
      onInput={onInput}
      dir="ltr"
      inputMode="numeric"
      maxLength={12}
      error={floorOf(value) === null ? t('devices.floor.bad') : undefined}
    />
  );
}
