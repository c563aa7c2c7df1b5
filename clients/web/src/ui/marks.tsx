/** The lines under a value that say who vouches for it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { serverNow } from '../api/http.ts';
import type { Registry } from '../formats/registry.ts';
import type { Json } from '../formats/strict_json.ts';
import { t } from '../i18n/index.ts';
import { type Judged, judge } from '../redeem/marks.ts';
import { date } from '../redeem/value.ts';
import { Foreign } from './parts.tsx';

type Assured = 'self-declared' | 'seen-in-original' | 'issuer-signed';
export type Vouched = {
  readonly field: string;
  readonly value: Json;
  readonly assurance: Assured;
  readonly evidence: readonly Json[];
};

const SAYS = { 'seen-in-original': 'mark.seen', issued: 'mark.issued', agreed: 'mark.agreed' } as const;

/**
 * A claim of the person's never looks like an office's word: what `assurance` says is only shown where a mark holds. The
 * registry is asked for where there is a mark.
 */
type Props = {
  readonly of: Vouched;
  readonly registry: () => Promise<Registry | null>;
  /** How it is said that nobody has checked the value. */
  readonly own?: ComponentChildren;
};

export function Vouches({ of, registry, own = t('assurance.self-declared') }: Props) {
  const { field, value, assurance, evidence } = of;
  const [found, setFound] = useState<readonly Judged[] | null>(null);
  useEffect(() => {
    let gone = false;
    setFound(null);
    if (evidence.length === 0) return setFound([]);
    registry()
      .then((listed) => judge({ field, value, evidence }, listed, serverNow()))
      .then((judged) => !gone && setFound(judged));
    return () => {
      gone = true;
    };
  }, [evidence, value, field]);
  if (found === null) return null;
  const held = found.filter((one) => one.state === 'holds');
  const rest = new Set(found.map((one) => one.state).filter((state) => state !== 'holds'));
  return (
    <>
      {held.map((one) => (
        <li key={`${one.says} ${one.name}`} class="mark">
          <Foreign text={t(SAYS[one.says], { name: one.name, date: date(dayOf(one.time)) })} />
        </li>
      ))}
      {held.every((one) => one.says === 'agreed') && assurance === 'self-declared' && <li>{own}</li>}
      {held.length === 0 && assurance !== 'self-declared' && rest.size === 0 && <li>{t('mark.claimed')}</li>}
      {rest.has('unchecked') && <li>{t('mark.unchecked')}</li>}
      {rest.has('broken') && <li class="bad-mark">{t('mark.broken')}</li>}
    </>
  );
}

const dayOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
