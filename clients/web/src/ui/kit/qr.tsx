/** A QR code of DOM nodes: large, dark on white with the four modules of margin that ISO/IEC 18004 asks for. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Icon } from './icon.tsx';

const MARGIN = 4;

/** One path of unit squares, a run of dark modules at a time. */
function outline(modules: readonly (readonly boolean[])[]): string {
  const parts: string[] = [];
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const from = x;
      while (row[x + 1]) x++;
      parts.push(`M${from + MARGIN} ${y + MARGIN}h${x - from + 1}v1h-${x - from + 1}z`);
    }
  });
  return parts.join('');
}

/** The screen stays on while somebody points a camera at it. */
function useAwake(): void {
  useEffect(() => {
    let held: WakeLockSentinel | undefined;
    let gone = false;
    navigator.wakeLock?.request('screen').then(
      (lock) => {
        held = lock;
        if (gone) lock.release();
      },
      () => undefined,
    );
    return () => {
      gone = true;
      held?.release();
    };
  }, []);
}

type QrProps = {
  readonly text: string;
  readonly label: string /** On the screen, not on paper. */;
  readonly hint?: boolean;
};

export function Qr({ text, label, hint = true }: QrProps) {
  const [drawn, setDrawn] = useState<{ path: string; size: number } | null>(null);
  useAwake();
  useEffect(() => {
    let gone = false;
    import('qr').then(({ default: encode }) => {
      const modules = encode(text, 'raw', { ecc: 'medium', border: 0 });
      if (!gone) setDrawn({ path: outline(modules), size: modules.length + 2 * MARGIN });
    });
    return () => {
      gone = true;
    };
  }, [text]);
  return (
    <figure class="qr">
      {drawn === null ? (
        <div class="qr-place" />
      ) : (
        <svg viewBox={`0 0 ${drawn.size} ${drawn.size}`} role="img" aria-label={label} shape-rendering="crispEdges">
          <path fill="#fff" d={`M0 0h${drawn.size}v${drawn.size}H0z`} />
          <path fill="#000" d={drawn.path} />
        </svg>
      )}
      {hint && (
        <figcaption class="unprinted">
          <Icon name="info" />
          {t('shell.bright')}
        </figcaption>
      )}
    </figure>
  );
}
