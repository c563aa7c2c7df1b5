/** Whom it is about, where the wallet holds papers of children too. Nobody else's papers are offered then. */
import { t } from '../../i18n/index.ts';
import { people, textOf } from '../../store/papers.ts';
import { Choice, Foreign, Label } from '../../ui/kit.tsx';
import { vault } from '../session.ts';

const SELF = 'self';

export function PersonChoice({ value, onChange }: { value: string | null; onChange: (person: string | null) => void }) {
  const others = people(vault()).filter((one) => textOf(one.payload, 'relation') !== 'self');
  if (others.length === 0) return null;
  return (
    <Choice
      label={<Label k="share.person" />}
      value={value ?? SELF}
      options={[
        { value: SELF, label: t('share.person.self'), icon: 'person' },
        ...others.map((one) => ({
          value: one.id,
          label: <Foreign text={textOf(one.payload, 'label')} />,
          icon: 'people' as const,
        })),
      ]}
      onChange={(person) => onChange(person === SELF ? null : person)}
    />
  );
}
