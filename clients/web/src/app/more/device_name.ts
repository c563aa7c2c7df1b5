/** A device's label is a word that the program chose (api.md); here it becomes a name that a person knows. */
import { t } from '../../i18n/index.ts';
import type { IconName } from '../../ui/kit.tsx';

type Sort = 'phone' | 'tablet' | 'computer' | 'office' | 'program' | 'device';

function sortOf(label: string): Sort {
  if (/assist|office/.test(label)) return 'office';
  if (/tablet|ipad/.test(label)) return 'tablet';
  if (/phone|android|ios/.test(label)) return 'phone';
  if (/cli|python|program/.test(label)) return 'program';
  if (/computer|desktop|windows|mac|linux|chromeos|browser/.test(label)) return 'computer';
  return 'device';
}

export function deviceName(label: string): string {
  return t(`more.device.${sortOf(label)}`);
}

const ICONS: Readonly<Record<Sort, IconName>> = {
  phone: 'phone',
  tablet: 'phone',
  computer: 'computer',
  office: 'office',
  program: 'computer',
  device: 'phone',
};

export function deviceIcon(label: string): IconName {
  return ICONS[sortOf(label)];
}
