import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from '#libs/platform';

const START_MS = 60_000;
const STOP_MS = 30_000;

/** An application process that may kill itself at any moment; it waits, loaded, until it is let go. */
export class ArmedProcess {
  private readonly chunks: string[] = [];
  private loaded = false;
  private address: string | undefined;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => {
      if (message === 'loaded') this.loaded = true;
      else this.address ??= (message as { url?: string }).url;
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => this.chunks.push(String(chunk)));
  }

  /** @param script compiled module beside this one, with its arguments; it waits for a message before it starts. */
  static spawn([script, ...args]: readonly [string, ...string[]], env: Record<string, string>): ArmedProcess {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const child = spawn(process.execPath, [path, ...args], {
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test', ...env },
      // It leaves by itself when this channel closes with the test's process.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    return new ArmedProcess(child);
  }

  /** Where it listens, once it does. */
  get url(): string | undefined {
    return this.address;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** How it ended, as far as it has: a signal's name or an exit code. */
  get end(): string {
    return this.child.signalCode ?? String(this.child.exitCode);
  }

  output(): string {
    return this.chunks.join('');
  }

  /** Starts the application. */
  async go(): Promise<void> {
    if (!(await until(() => this.loaded || this.hasEnded, START_MS)) || this.hasEnded) {
      throw new Error(`a process did not load:\n${this.output()}`);
    }
    this.child.send('go');
  }

  /** Waits until it is ready; throws when it ended first. */
  async ready(): Promise<void> {
    await until(() => this.address !== undefined || this.hasEnded, START_MS);
    if (this.address === undefined) throw new Error(`a process did not become ready:\n${this.output()}`);
  }

  /** Waits until it has killed itself; throws when it does not, or ends in another way. */
  async died(patienceMs: number): Promise<void> {
    await until(() => this.hasEnded, patienceMs);
    if (this.end !== 'SIGKILL') throw new Error(`a process did not die (${this.end}):\n${this.output()}`);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    if (!(await until(() => this.hasEnded, STOP_MS))) this.child.kill('SIGKILL');
  }
}
