/** Everything else, in four groups. What is asked for most often stands first. */
import { type Key, t } from '../../i18n/index.ts';
import { Button, type IconName, Label, List, Row, Screen } from '../../ui/kit.tsx';
import { waiting } from '../inbox/state.ts';
import { href } from '../router.ts';
import { assisted } from './assisted.ts';
import { hideNow } from './hiding.ts';
import { pending } from './news.ts';
import { numberOf } from './words.ts';

type Line = { readonly to: string; readonly icon: IconName; readonly text: Key; readonly count?: () => number };

const GROUPS: readonly { readonly title: Key; readonly lines: readonly Line[] }[] = [
  {
    title: 'more.group.papers',
    lines: [
      { to: 'inbox', icon: 'inbox', text: 'inbox.title', count: () => waiting.value },
      { to: 'away', icon: 'home', text: 'more.away.title' },
    ],
  },
  {
    title: 'more.group.safe',
    lines: [
      { to: 'notices', icon: 'bell', text: 'more.notices.title', count: () => pending.value.length },
      { to: 'devices', icon: 'phone', text: 'more.devices.title' },
      { to: 'methods', icon: 'key', text: 'more.methods.title' },
      { to: 'new-sheet', icon: 'sheet', text: 'more.sheet.title' },
      { to: 'hide', icon: 'hide', text: 'more.hide.title' },
      { to: 'stop', icon: 'stop', text: 'more.stop.title' },
    ],
  },
  {
    title: 'more.group.app',
    lines: [
      { to: 'settings', icon: 'settings', text: 'more.settings.title' },
      { to: 'wallets', icon: 'papers', text: 'more.wallets.title' },
      { to: 'about', icon: 'info', text: 'more.about.title' },
    ],
  },
  {
    title: 'more.group.end',
    lines: [
      { to: 'export', icon: 'save', text: 'more.export.title' },
      { to: 'import', icon: 'upload', text: 'more.import.title' },
      { to: 'move', icon: 'leave', text: 'more.move.title' },
      { to: 'delete', icon: 'trash', text: 'more.delete.title' },
    ],
  },
];

/** What the server refuses an office computer, and what would leave something on it. */
const OWN_DEVICE: ReadonlySet<string> = new Set([
  'away',
  'devices',
  'methods',
  'new-sheet',
  'wallets',
  'export',
  'import',
  'move',
  'delete',
]);

export default function Menu() {
  const shown = (line: Line) => assisted.value === null || !OWN_DEVICE.has(line.to);
  return (
    <Screen
      title={<Label k="more.title" />}
      foot={
        <Button kind="quiet" icon="hide" onClick={hideNow}>
          <Label k="more.hide" />
        </Button>
      }
    >
      {GROUPS.map((group) => {
        const lines = group.lines.filter(shown);
        return (
          lines.length > 0 && (
            <section key={group.title}>
              <h2>{t(group.title)}</h2>
              <List label={t(group.title)}>
                {lines.map((line) => {
                  const n = line.count?.() ?? 0;
                  return (
                    <Row
                      key={line.to}
                      icon={line.icon}
                      title={<Label k={line.text} />}
                      href={href(line.to)}
                      tone="warn"
                      {...(n > 0 ? { badge: numberOf(n) } : {})}
                    />
                  );
                })}
              </List>
            </section>
          )
        );
      })}
    </Screen>
  );
}
