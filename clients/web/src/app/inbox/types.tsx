/** Which type of paper: the browser's own list, which every phone knows how to show large and to speak. */
import { useId } from 'preact/hooks';
import { paperTypes } from '../../i18n/fields.ts';
import { locale } from '../../i18n/index.ts';
import { Label } from '../../ui/kit.tsx';

export const OTHER = 'other_paper';

export function TypePicker({ value, onChange }: { value: string; onChange: (type: string) => void }) {
  const id = useId();
  const order = new Intl.Collator(locale());
  const types = paperTypes().sort((a, b) => order.compare(a.label, b.label));
  const last = types.filter((one) => one.id === OTHER);
  return (
    <div class="field-box">
      <label for={id}>
        <Label k="inbox.what" />
      </label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {[...types.filter((one) => one.id !== OTHER), ...last].map((one) => (
          <option key={one.id} value={one.id} selected={one.id === value}>
            {one.label}
          </option>
        ))}
      </select>
    </div>
  );
}
