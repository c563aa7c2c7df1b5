/** The Python side of a test: server, offices, recipients, another client of the holder (test/support/district.py). */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Json } from '../../src/formats/strict_json.ts';
import { PYTHON, ROOT } from './server.ts';

type Answer = { readonly ok?: unknown; readonly refused?: string; readonly failed?: string };
export type Started = { readonly origin: string; readonly roots: string; readonly fingerprint: string };

export class District {
  readonly origin: string;
  readonly roots: string;
  readonly fingerprint: string;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(child: ChildProcessWithoutNullStreams, lines: AsyncIterator<string>, started: Started) {
    this.child = child;
    this.lines = lines;
    this.origin = started.origin;
    this.roots = started.roots;
    this.fingerprint = started.fingerprint;
  }

  /** `enrolled` false: a server without a registry yet. `lying`: behind the proxy of tests/adversary. */
  static async start({ enrolled = true, lying = false } = {}): Promise<District> {
    const script = join('clients', 'web', 'test', 'support', 'district.py');
    const child = spawn(PYTHON, [script, ...(lying ? ['--lying'] : [])], {
      cwd: ROOT,
      env: { ...process.env, PYTHONPATH: ROOT },
    });
    let told = '';
    child.stderr.on('data', (chunk) => {
      told = `${told}${chunk}`.slice(-4000);
    });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done) throw new Error(`the district did not start: ${told}`);
    const district = new District(child, lines, (JSON.parse(value) as { ok: Started }).ok);
    if (enrolled) await district.do('enrol');
    return district;
  }

  /** The answer of a command; throws what went wrong there, `refused` with the code of a MappeError. */
  do<T = Json>(command: string, members: Record<string, unknown> = {}): Promise<T> {
    const asked = this.queue.then(async () => {
      this.child.stdin.write(`${JSON.stringify({ do: command, ...members })}\n`);
      const { value, done } = await this.lines.next();
      if (done) throw new Error('the district has ended');
      const answer = JSON.parse(value) as Answer;
      if (answer.failed !== undefined) throw new Error(answer.failed);
      if (answer.refused !== undefined) throw Object.assign(new Error(answer.refused), { code: answer.refused });
      return answer.ok as T;
    });
    this.queue = asked.catch(() => undefined);
    return asked;
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.stdin.end();
    await ended;
  }
}
