/** Pages that only explain. */
import { Heading } from '../ui/shell.tsx';

type ExplainProps = {
  readonly heading: string;
  readonly texts: readonly string[];
  readonly note?: string;
  readonly further?: { readonly href: string; readonly text: string };
};

export function Explain({ heading, texts, note, further }: ExplainProps) {
  return (
    <>
      <Heading>{heading}</Heading>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {note !== undefined && <p class="note">{note}</p>}
      {further !== undefined && (
        <p>
          <a href={further.href}>{further.text}</a>
        </p>
      )}
    </>
  );
}
