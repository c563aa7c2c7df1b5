/**
 * The browser's own dialog: it keeps the focus inside, Escape closes it, the rest of the page is inert. It begins with its
 * question: an answer that somebody gives by one press too many of the Enter key is none.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

type DialogProps = {
  readonly open: boolean;
  readonly title: string;
  /** Also by Escape: never the dangerous answer. */
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
  readonly foot?: ComponentChildren;
};

export function Dialog({ open, title, onClose, children, foot }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const question = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    if (open && !element.open) {
      element.showModal();
      question.current?.focus();
    }
    if (!open && element.open) element.close();
  }, [open]);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog ref={dialog} aria-labelledby={id} onCancel={cancel}>
      {open && (
        <>
          <h2 id={id} ref={question} tabIndex={-1} class="dialog-title">
            {title}
          </h2>
          {children}
          {foot !== undefined && <div class="dialog-foot">{foot}</div>}
        </>
      )}
    </dialog>
  );
}
