/**
 * A copy of one paper for another wallet, such as the other parent's: that wallet shows a deposit code, this one puts the
 * files and a page of text with the values into it. A copy, no share: what changes here later does not change there.
 */
import { useState } from 'preact/hooks';
import type { ValueRecord } from '../../formats/object.ts';
import { named, word } from '../../i18n/fields.ts';
import { t } from '../../i18n/index.ts';
import { line, show } from '../../redeem/value.ts';
import { Scanner } from '../../scan/scanner.tsx';
import { readTarget } from '../../scan/target.ts';
import { download } from '../../store/files.ts';
import { attachmentsOf, fieldsOf, textOf } from '../../store/papers.ts';
import type { Item } from '../../store/vault.ts';
import { Button, Foreign, Label, List, Notice, Progress, Row, Screen, toast } from '../../ui/kit.tsx';
import { back } from '../router.ts';
import type { Params } from '../routes.ts';
import { vault } from '../session.ts';
import { FromWhich } from '../whose.tsx';
import { Gone, titleOf, typeName, useDoing, useItem } from './common.tsx';
import './papers.css';

export default function Copy({ params: [id = ''] }: { params: Params }) {
  const item = useItem(id);
  const [code, setCode] = useState<string | null>(null);
  const [other, setOther] = useState(false);
  const [share, setShare] = useState<number | null>(null);
  const doing = useDoing();
  if (item === null) return <Gone />;
  const files = attachmentsOf(item.payload);
  const heard = (text: string): boolean => {
    const target = readTarget(text, vault().profile.origin);
    setOther(target.kind !== 'deposit');
    if (target.kind !== 'deposit') return false;
    setCode(target.url.slice(target.url.indexOf('#') + 1));
    return true;
  };
  const send = () =>
    doing.run(async () => {
      const { Depositor } = await import('../../deposit/send.ts');
      const depositor = await Depositor.from(code ?? '');
      await depositor.peek();
      const parts = files.length + 1;
      setShare(0);
      try {
        const note = `${typeName(textOf(item.payload, 'type'))}: ${titleOf(item.payload)}`.slice(0, 500);
        for (const [n, file] of files.entries()) {
          const blob = await download(vault(), file);
          await depositor.put(new File([blob], file.name, { type: file.media }), note, (part) =>
            setShare((n + part) / parts),
          );
        }
        const text = new File([valuesText(item)], `${titleOf(item.payload)}.txt`, { type: 'text/plain' });
        await depositor.put(text, note, (part) => setShare((files.length + part) / parts));
        toast(t('papers.copy.done'));
        back();
      } finally {
        setShare(null);
      }
    });
  return (
    <Screen
      key={code === null ? 'scan' : 'send'}
      title={<Label k="papers.copy" />}
      back={back}
      {...(code === null
        ? {}
        : {
            foot: (
              <>
                <Button icon="upload" busy={doing.busy} onClick={send}>
                  <Label k="papers.copy.send" />
                </Button>
                <Button kind="quiet" onClick={back}>
                  <Label k="papers.no" />
                </Button>
              </>
            ),
          })}
    >
      {doing.problem}
      <FromWhich />
      <p>{t(code === null ? 'papers.copy.text' : 'papers.copy.what')}</p>
      {other && (
        <Notice kind="warn">
          <Label k="papers.copy.other" />
        </Notice>
      )}
      {code === null && <Scanner onText={heard} />}
      {code !== null && (
        <List label={t('papers.copy.what')}>
          <Row icon="paper" title={<Foreign text={titleOf(item.payload)} />} second={<Label k="papers.values" />} />
          {files.map((file) => (
            <Row key={file.id} icon="picture" title={<Foreign text={file.name} />} />
          ))}
        </List>
      )}
      {share !== null && <Progress label={t('papers.working')} value={share} />}
    </Screen>
  );
}

function valuesText(item: Item): string {
  const type = textOf(item.payload, 'type');
  const lines = [typeName(type), titleOf(item.payload), ''];
  const said = (record: ValueRecord, name: string) =>
    record.missing === undefined
      ? line(show(record.value, named(`${type}.${name}`).spec))
      : word('missing', record.missing);
  for (const [name, records] of Object.entries(fieldsOf(item.payload))) {
    const { field } = named(`${type}.${name}`);
    for (const record of records) lines.push(`${field}: ${said(record, name)} (${record.as_of})`);
  }
  return `${lines.join('\n')}\n`;
}
