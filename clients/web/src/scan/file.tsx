/** Picks one file. The browser's own control speaks the browser's language; this one speaks the person's. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { Button, type IconName } from '../ui/kit.tsx';

type FileButtonProps = {
  readonly label: ComponentChildren;
  readonly icon: IconName;
  readonly accept: string;
  readonly busy?: boolean;
  readonly onFile: (file: File) => unknown;
};

export function FileButton({ label, icon, accept, busy = false, onFile }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  const picked = (event: { currentTarget: HTMLInputElement }) => {
    const file = event.currentTarget.files?.[0];
    // The same file once more, after it was mended, is a new choice.
    event.currentTarget.value = '';
    if (file !== undefined) onFile(file);
  };
  return (
    <>
      <Button kind="quiet" icon={icon} busy={busy} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input ref={input} type="file" hidden tabIndex={-1} accept={accept} onChange={picked} />
    </>
  );
}
