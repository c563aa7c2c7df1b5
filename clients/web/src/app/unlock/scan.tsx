/** Points the camera at the sheet; loaded only when somebody asks for it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SheetCode } from '../../formats/sheet.ts';
import { t } from '../../i18n/index.ts';
import { Camera } from '../../scan/camera.ts';
import { loadReader } from '../../scan/reader.ts';
import { Notice } from '../../ui/kit.tsx';
import { readSheet } from './sheet_code.ts';

export default function SheetScan({ onFound }: { onFound: (sheet: SheetCode) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [trouble, setTrouble] = useState(false);
  useEffect(() => {
    let camera: Camera | undefined;
    let gone = false;
    const run = async () => {
      const read = await loadReader();
      const opened = gone ? 'none' : await Camera.open(video.current as HTMLVideoElement);
      if (typeof opened === 'string') return setTrouble(!gone);
      camera = opened;
      if (gone) return camera.close();
      await camera.watch(read, (text) => {
        const sheet = readSheet(text);
        if (sheet !== null) onFound(sheet);
        return sheet !== null;
      });
    };
    run().catch(() => setTrouble(true));
    return () => {
      gone = true;
      camera?.close();
    };
  }, []);
  if (trouble) return <Notice kind="warn">{t('unlock.scan.none')}</Notice>;
  return <video ref={video} class="seeker" muted playsInline aria-label={t('unlock.scan')} />;
}
