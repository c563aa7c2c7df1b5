/** What it is for: a usual matter with its usual papers, an office's own purpose, or single things. */
import { useEffect, useState } from 'preact/hooks';
import { MAX_LIFE } from '../../grant/grants.ts';
import { type Basis, seconds, type Template, templates } from '../../grant/texts.ts';
import { language, t } from '../../i18n/index.ts';
import { Label, List, Row, Screen } from '../../ui/kit.tsx';
import { back, go } from '../router.ts';
import { Gone } from './gone.tsx';
import { give, giving } from './state.ts';
import { TroubleView, useTask } from './task.tsx';
import './share.css';

export default function GiveWhat() {
  const task = useTask();
  const [list, setList] = useState<readonly Template[]>([]);
  useEffect(() => {
    void task.run(async () => setList((await templates(language.value)).filter((one) => one.kind !== 'request')));
  }, [language.value]);
  const now = giving.value;
  if (now === null) return <Gone to="give" />;
  const take = (template: Template) =>
    task.run(async () => {
      // The recipient reads it, so it is German; the person has read it in their own language.
      const german = (await templates('de')).find((one) => one.id === template.id) ?? template;
      give({
        ...{ template, purpose: german.purpose, basis: template.basis[0] as Basis, retention: template.retention },
        ...{ life: Math.min(seconds(template.until), MAX_LIFE), standing: false, picks: [], prepared: null },
      });
      go('give-fields');
    });
  const single = (purpose = '', basis: Basis = 'consent', retention = 'P3M') => {
    give({ template: null, purpose, basis, retention, picks: [], prepared: null });
    go('give-fields');
  };
  const purposes = now.office?.purposes ?? [];
  return (
    <Screen title={<Label k="share.what.title" />} back={back}>
      <TroubleView trouble={task.trouble} />
      {purposes.length > 0 && (
        <List label={t('share.what.office')}>
          {purposes.map((one) => (
            <Row
              key={one.id}
              icon="office"
              title={one.text[language.value] ?? one.text.de ?? one.id}
              onClick={() => single(one.text.de ?? one.id, one.basis, one.retention)}
            />
          ))}
        </List>
      )}
      <List label={t('share.what.single')}>
        <Row
          icon="paper"
          title={t('share.what.single')}
          second={t('share.what.single.note')}
          onClick={() => single()}
        />
      </List>
      <h2>
        <Label k="share.what.usual" />
      </h2>
      <List label={t('share.what.usual')}>
        {list.map((one) => (
          <Row key={one.id} icon="papers" title={one.label} second={one.purpose} onClick={() => take(one)} />
        ))}
      </List>
    </Screen>
  );
}
