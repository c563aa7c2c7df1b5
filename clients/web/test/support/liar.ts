/** The lying proxy of tests/adversary before a real server. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { freePort, PYTHON, ROOT, TestServer } from './server.ts';

export type Lie = {
  readonly name: string;
  readonly when: string;
  readonly expect: readonly string[];
  readonly about: string;
  /** Why a client does not meet it. */
  readonly unplayed?: { readonly python?: string; readonly web?: string };
};
export type Passed = readonly [method: string, path: string, lied: boolean];

export class Liar {
  readonly origin: string;
  readonly server: TestServer;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;

  private constructor(origin: string, server: TestServer, child: ChildProcessWithoutNullStreams) {
    this.origin = origin;
    this.server = server;
    this.child = child;
    this.lines = createInterface(child.stdout);
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  static async start(): Promise<Liar> {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const server = await TestServer.start({ MAPPE_PUBLIC_ORIGIN: origin });
    const args = ['-m', 'tests.adversary.remote', '--upstream', server.origin, '--port', String(port)];
    const liar = new Liar(origin, server, spawn(PYTHON, args, { cwd: ROOT }));
    await liar.answer();
    return liar;
  }

  private async answer(): Promise<unknown> {
    const { value, done } = await this.answers.next();
    if (done) throw new Error('the liar has ended');
    return JSON.parse(value);
  }

  private async ask(command: object): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    return this.answer();
  }

  lies(): Promise<Lie[]> {
    return this.ask({ lies: true }) as Promise<Lie[]>;
  }

  async tell(name: string | null): Promise<void> {
    await this.ask({ tell: name });
  }

  async forget(): Promise<void> {
    await this.ask({ forget: true });
  }

  /** What passed since the lie began. */
  passed(): Promise<Passed[]> {
    return this.ask({ passed: true }) as Promise<Passed[]>;
  }

  async stop(): Promise<void> {
    this.child.stdin.end();
    this.child.kill();
    await this.server.remove();
  }
}
