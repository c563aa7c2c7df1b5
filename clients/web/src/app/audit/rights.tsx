/** What a person may ask of whoever has read something: three letters, and somebody to tell. */
import { RIGHTS } from '../../audit/letters.ts';
import { t } from '../../i18n/index.ts';
import { Label, List, Row } from '../../ui/kit.tsx';
import { href } from '../router.ts';

const SIGNS = { access: 'search', correction: 'edit', erasure: 'trash' } as const;

export function Rights({ grant, seq }: { grant: string; seq?: number }) {
  return (
    <>
      <h2>
        <Label k="audit.rights" />
      </h2>
      <List label={t('audit.rights')}>
        {RIGHTS.map((right) => (
          <Row
            key={right}
            icon={SIGNS[right]}
            title={t(`audit.right.${right}`)}
            second={t(`audit.right.note.${right}`)}
            href={href('letter', right, grant)}
          />
        ))}
        {seq !== undefined && (
          <Row
            icon="warn"
            title={t('audit.report.title')}
            second={t('audit.report.note')}
            href={href('report', String(seq))}
          />
        )}
      </List>
    </>
  );
}
