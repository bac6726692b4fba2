import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { commandOf, mustRun, type RunOptions } from './run-program.js';
import { say } from './say.js';

const READY = /is ready at (\S+)/;
const START_MS = 120_000;
const STOP_MS = 30_000;

/** A hub of the demo's own, in its own directory and on a free port. */
export class DemoHub {
  private process: ChildProcess | null = null;
  private environment: NodeJS.ProcessEnv = {};
  private address = '';

  constructor(
    private readonly directory: string,
    private readonly wantedPort: number | null,
  ) {}

  get url(): string {
    return this.address;
  }

  /** Refuses to go on while the hub of an earlier demo still uses the directory. */
  async requireStopped(): Promise<void> {
    const lock = join(this.directory, 'hub.lock');
    if (!existsSync(lock)) return;
    const pid = Number(/\d+/.exec(readFileSync(lock, 'utf8'))?.[0] ?? 0);
    if (pid > 0 && isAlive(pid))
      throw new Error(`the hub of an earlier demo still runs as process ${pid}: stop it first`);
  }

  async start(): Promise<void> {
    say.step('The alliance starts its hub: database, API and workers, with nothing installed but Node.');
    const port = this.wantedPort ?? (await freePort());
    this.environment = { CAIRN_DATA_DIR: this.directory, CAIRN_PORT: String(port), CAIRN_LOG_LEVEL: 'warn' };
    say.command([`CAIRN_PORT=${port}`, 'cairn-hub', 'start']);
    const [file, args] = commandOf('cairn-hub', ['start']);
    // A session of its own: Ctrl-C reaches this program, which stops the hub in order.
    const child = spawn(file, args, {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    this.process = child;
    this.address = await this.untilReady(child);
    say.output(`ready at ${this.address}`);
  }

  private untilReady(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      let output = '';
      const timer = setTimeout(() => reject(new Error('the hub did not become ready')), START_MS);
      child.stdout!.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const ready = READY.exec(output);
        if (ready === null) return;
        clearTimeout(timer);
        resolve(ready[1]!);
      });
      child.once('exit', (code) =>
        reject(new Error(`the hub ended with ${code} before it was ready:\n${output}`)),
      );
    });
  }

  /** An act of the operator. */
  async admin(words: readonly string[], options: RunOptions = {}): Promise<string> {
    return mustRun('cairn-hub', ['admin', ...words], { ...options, env: this.environment });
  }

  async stop(): Promise<void> {
    const child = this.process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Waits for Ctrl-C with the hub running. */
  async keepRunning(): Promise<void> {
    say.text(`\nThe hub keeps running at ${this.address}. Stop it with Ctrl-C.`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      this.process!.once('exit', () => resolve());
    });
    await this.stop();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
