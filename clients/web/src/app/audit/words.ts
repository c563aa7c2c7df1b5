/** Events of the log in words of the person. A kind or reason of a newer server is shown as it is, never hidden. */
import type { Told, Who } from '../../audit/explain.ts';
import { count, type Key, moment, t } from '../../i18n/index.ts';
import type { IconName } from '../../ui/kit.tsx';

export const SIGNS: Readonly<Record<Told['what'], IconName>> = {
  read: 'eye',
  looked: 'search',
  refused: 'stop',
  ended: 'lock',
  shared: 'share',
  deposit: 'inbox',
  device: 'phone',
  wallet: 'papers',
  more: 'timeline',
  other: 'info',
};

export function whoText(who: Who): string {
  if (who.kind === 'agency' || who.kind === 'link') return who.name || t('share.anybody');
  return t(`audit.who.${who.kind}`);
}

export function whatText(told: Told): string {
  if (told.more !== null) {
    return told.more.count === null ? t('audit.more.open') : count('audit.more.count', told.more.count);
  }
  const text = t(`audit.kind.${told.kind}` as Key);
  return text === '' ? told.kind : text;
}

export function reasonText(reason: string): string {
  const text = t(`audit.reason.${reason}` as Key);
  return text === '' ? reason : text;
}

export const whenText = (told: Told): string => moment(told.time);
