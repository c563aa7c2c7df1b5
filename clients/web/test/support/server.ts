/** A real server process: `python -m app` on a free port with data of its own, as tests/support/server.py starts it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = resolve(import.meta.dirname, '../../../..');
export const PYTHON = join(ROOT, '.venv/bin/python');
/** ms: a busy machine with few cores imports slowly; an idle one needs three seconds. */
const START = 120_000;
const run = promisify(execFile);

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => done(port));
    });
  });
}

export class TestServer {
  readonly origin: string;
  readonly folder: string;
  private readonly env: NodeJS.ProcessEnv;
  private process: ChildProcess | undefined;

  private constructor(folder: string, port: number, env: Record<string, string>) {
    this.folder = folder;
    this.origin = `http://127.0.0.1:${port}`;
    const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('MAPPE_'));
    this.env = {
      ...Object.fromEntries(clean),
      MAPPE_DATA_DIR: join(folder, 'data'),
      MAPPE_PORT: String(port),
      MAPPE_TESTING: '1',
      MAPPE_CLOCK_FILE: join(folder, 'clock'),
      MAPPE_WALLETS_PER_HOUR: '1000',
      ...env,
    };
  }

  /** Migrated and answering. `env`: further MAPPE_ settings. */
  static async start(env: Record<string, string> = {}): Promise<TestServer> {
    const server = new TestServer(mkdtempSync(join(tmpdir(), 'mappe-web-')), await freePort(), env);
    await server.command('migrate');
    await server.resume();
    return server;
  }

  /** One of the operator's commands with this server's settings; what it printed. */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await run(PYTHON, ['-m', 'app', ...args], { cwd: ROOT, env: this.env });
    return stdout;
  }

  /** Python with the client library, as another client of the same server; what it printed. */
  async python(code: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(PYTHON, ['-c', code, ...args], { cwd: ROOT, env: this.env, maxBuffer: 64 << 20 });
    return stdout.trim();
  }

  async resume(): Promise<void> {
    const log = openSync(join(this.folder, 'server.log'), 'a');
    const child = spawn(PYTHON, ['-m', 'app', 'serve'], { cwd: ROOT, env: this.env, stdio: ['ignore', log, log] });
    closeSync(log);
    this.process = child;
    const deadline = Date.now() + START;
    while (!(await this.answers())) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await this.kill();
        throw new Error(
          `the server did not start: ${readFileSync(join(this.folder, 'server.log'), 'utf8').slice(-4000)}`,
        );
      }
      await new Promise((wait) => setTimeout(wait, 30));
    }
  }

  private async answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.origin}/readyz`)).ok;
    } catch {
      return false;
    }
  }

  /** `kill -9`: what a power failure leaves of a process, and how a network ends. */
  async kill(): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }

  /** Moves the server's clock forward. */
  advance(seconds: number): void {
    const clock = join(this.folder, 'clock');
    let before = 0;
    try {
      before = Number(readFileSync(clock, 'utf8'));
    } catch {
      // the first time
    }
    writeFileSync(`${clock}.new`, String(before + seconds));
    renameSync(`${clock}.new`, clock);
  }

  /** The data as it is now, for `restore`; the server must not run. */
  backup(name: string): void {
    cpSync(join(this.folder, 'data'), join(this.folder, name), { recursive: true });
  }

  restore(name: string): void {
    rmSync(join(this.folder, 'data'), { recursive: true });
    cpSync(join(this.folder, name), join(this.folder, 'data'), { recursive: true });
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
