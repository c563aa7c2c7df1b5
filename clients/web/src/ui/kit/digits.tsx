/**
 * Codes on paper are typed in the blocks in which they stand there. Always left to right, in any script of digits
 * (conventions.md, "Digits a person types"). Pasting or typing on runs over into the next block.
 */
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { readDigits } from '../../formats/encoding.ts';
import { locale, t } from '../../i18n/index.ts';
import { Icon } from './icon.tsx';

type DigitsFieldProps = {
  readonly label: ComponentChildren;
  readonly help?: ComponentChildren;
  readonly error?: string | undefined;
  /** One text a block, as typed, in ASCII digits. */
  readonly value: readonly string[];
  readonly onInput: (value: string[]) => void;
  readonly blocks: number;
  readonly size: number;
  /** Numbers (from 1) of blocks known to be wrong: named, not only coloured. */
  readonly wrong?: readonly number[];
  /** A full block that cannot be right is marked at once (the sheet's blocks are multiples of 11). */
  readonly check?: (block: string) => boolean;
  /** Shown as dots: a PIN beside other people. */
  readonly hidden?: boolean;
  /** The number of the first block, where only some are asked for. */
  readonly numbers?: readonly number[];
  readonly disabled?: boolean;
};

export const emptyBlocks = (blocks: number): string[] => Array.from({ length: blocks }, () => '');
export const isFull = (value: readonly string[], size: number): boolean => value.every((one) => one.length === size);

export function DigitsField(props: DigitsFieldProps) {
  const { label, help, error, value, onInput, blocks, size, wrong = [], check, hidden = false, numbers } = props;
  const id = useId();
  const boxes = useRef<(HTMLInputElement | null)[]>([]);
  const format = new Intl.NumberFormat(locale());
  const number = (at: number) => numbers?.[at] ?? at + 1;
  const bad = (at: number) => {
    const block = value[at] ?? '';
    return wrong.includes(number(at)) || (check !== undefined && block.length === size && !check(block));
  };
  const named = value.map((_, at) => at).filter(bad);

  const type = (at: number, element: HTMLInputElement) => {
    let digits: string;
    try {
      digits = readDigits(element.value);
    } catch {
      // A letter among the digits: what stood there before stays.
      element.value = value[at] ?? '';
      return;
    }
    const next = Array.from({ length: blocks }, (_, n) => value[n] ?? '');
    let place = at;
    do {
      next[place] = digits.slice(0, size);
      digits = digits.slice(size);
      place++;
    } while (digits !== '' && place < blocks);
    onInput(next);
    const last = place - 1;
    const goOn = (next[last] ?? '').length === size && last + 1 < blocks ? last + 1 : last;
    // The box may show more than its block until it is drawn again.
    element.value = next[at] ?? '';
    if (goOn !== at) boxes.current[goOn]?.focus();
  };
  // A full block is typed anew, not into.
  const whole = (element: HTMLInputElement) => {
    if (element.value.length >= size) element.select();
  };
  const key = (at: number, event: KeyboardEvent) => {
    if (event.key === 'Backspace' && (value[at] ?? '') === '' && at > 0) boxes.current[at - 1]?.focus();
  };

  const described = [
    error !== undefined || named.length > 0 ? `${id}-error` : '',
    help !== undefined ? `${id}-help` : '',
  ]
    .filter(Boolean)
    .join(' ');
  const list = new Intl.ListFormat(locale(), { type: 'conjunction' });
  const wrongText =
    blocks > 1 && named.length > 0
      ? t('shell.block.wrong', { n: list.format(named.map((at) => format.format(number(at)))) })
      : undefined;
  return (
    <fieldset class="field-box digits" disabled={props.disabled}>
      <legend id={`${id}-name`}>{label}</legend>
      {help !== undefined && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
      <div class="blocks" dir="ltr">
        {Array.from({ length: blocks }, (_, at) => (
          <span class="block" key={number(at)}>
            {blocks > 1 && <span aria-hidden="true">{format.format(number(at))}</span>}
            <input
              ref={(element) => {
                boxes.current[at] = element;
              }}
              type="text"
              inputMode="numeric"
              autocomplete="off"
              class={hidden ? `size-${size} veiled` : `size-${size}`}
              aria-label={blocks > 1 ? t('shell.block', { n: format.format(number(at)) }) : undefined}
              aria-labelledby={blocks > 1 ? undefined : `${id}-name`}
              aria-invalid={bad(at) || (blocks === 1 && error !== undefined)}
              aria-describedby={described || undefined}
              value={value[at] ?? ''}
              onInput={(event) => type(at, event.currentTarget)}
              onKeyDown={(event) => key(at, event)}
              onFocus={(event) => whole(event.currentTarget)}
              onClick={(event) => whole(event.currentTarget)}
            />
          </span>
        ))}
      </div>
      {(error ?? wrongText) !== undefined && (
        <p class="error" id={`${id}-error`} role="alert">
          <Icon name="warn" />
          {error ?? wrongText}
        </p>
      )}
    </fieldset>
  );
}

/** Digits as they are read aloud and copied: blocks, left to right, numbered where there are several. */
export function Digits({ blocks, large = false }: { blocks: readonly string[]; large?: boolean }) {
  return (
    <bdi dir="ltr" class={large ? 'shown-digits large' : 'shown-digits'}>
      {blocks.map((block, at) => (
        <span key={at}>{block}</span>
      ))}
    </bdi>
  );
}
