/** Lies between the real server and this client: each is a path and what happens to the answer on its way. */
import { afterEach } from 'vitest';

type Members = { [member: string]: unknown };
export type Alter = (answer: Members) => Members | undefined;
type Lie = { readonly path: RegExp; readonly alter: (text: string) => string };

const real = globalThis.fetch;
let lies: Lie[] = [];
let told = 0;
let asked: string[] = [];

globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : String(input));
  asked.push(`${init?.method ?? 'GET'} ${url.pathname}`);
  const answer = await real(input, init);
  if (!answer.ok) return answer;
  let body: string | null = null;
  for (const { path, alter } of lies) {
    if (!path.test(url.pathname)) continue;
    body = alter(body ?? (await answer.text()));
    told++;
  }
  return body === null ? answer : new Response(body, { status: answer.status, headers: answer.headers });
};

export function lie(path: RegExp, alter: Alter): void {
  lieText(path, (text) => {
    const members = JSON.parse(text) as Members;
    return JSON.stringify(alter(members) ?? members);
  });
}

export function lieText(path: RegExp, alter: (text: string) => string): void {
  lies.push({ path, alter });
}

/** How many answers were altered: a lie that nobody heard proves nothing. */
export const heard = (): number => told;

/** What went out since the last call. */
export function passed(): string[] {
  const before = asked;
  asked = [];
  return before;
}

export function honest(): void {
  lies = [];
  told = 0;
}

afterEach(honest);
