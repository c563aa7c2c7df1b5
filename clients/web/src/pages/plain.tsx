/** Pages that only explain. */
import { Heading } from '../ui/shell.tsx';

export function Explain({ heading, texts, note }: { heading: string; texts: string[]; note?: string }) {
  return (
    <>
      <Heading>{heading}</Heading>
      {texts.map((text) => (
        <p key={text}>{text}</p>
      ))}
      {note !== undefined && <p class="note">{note}</p>}
    </>
  );
}
