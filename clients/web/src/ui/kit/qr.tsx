/** A QR code of DOM nodes: large, dark on white with the four modules of margin that ISO/IEC 18004 asks for. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../i18n/index.ts';
import { Icon } from './icon.tsx';

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
    import('../../scan/code.ts').then(({ modules, outline, QUIET }) => {
      const code = modules(text);
      if (!gone) setDrawn({ path: outline(code), size: code.length + 2 * QUIET });
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
