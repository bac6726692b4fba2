import { type ChildProcess, fork } from 'node:child_process';
import type { Logger } from 'pino';
import { backoff, type ProcessMessage, until } from '#libs/platform';

export type ChildName = 'signer' | 'api' | 'worker';

/** Exit codes after which starting again would end the same way: a wrong setting (sysexits EX_CONFIG), a busy port. */
const HOPELESS = [78];
const FIRST_DELAY_MS = 200;
const MOST_DELAY_MS = 10_000;
const STABLE_MS = 30_000;
/** A child says every few seconds that it is alive. One that is silent for so long does no work any more, or holds up others'. */
const SILENT_MS = 60_000;
const EXIT_MS = 5_000;

/** Room for the young objects of whole submissions: with the default of 16 MiB most of them would be copied several times. */
const NODE_ARGUMENTS = ['--max-semi-space-size=64'];

export interface ChildOptions {
  readonly name: ChildName;
  /** Path of its program. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** How long a stopping child may take before it is killed. */
  readonly stopMs: number;
  /** For how long it may say nothing before it is killed and started again; a minute unless given. */
  readonly silentMs?: number;
  /** Told each time it is started. */
  readonly onStart: (name: ChildName, pid: number) => void;
  /** Told when the child cannot run at all. */
  readonly onHopeless: (name: ChildName) => void;
}

/** One process of the hub: started, restarted after a crash or a silence with growing delay, stopped on demand. */
export class SupervisedChild {
  #process: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #crashes = 0;
  #stopping = false;
  #url: string | undefined;

  constructor(private readonly options: ChildOptions) {}

  /** Address of the child while it is ready. */
  get url(): string | undefined {
    return this.#url;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    const { name, program, env, log, onStart } = this.options;
    const started = performance.now();
    // A session of its own, so that Ctrl-C reaches the supervisor alone; the channel tells the child when we die.
    const child = fork(program, [], {
      env,
      execArgv: NODE_ARGUMENTS,
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process = child;
    if (child.pid !== undefined) onStart(name, child.pid);
    this.#expectWord();
    child.on('message', (message) => this.#heard(message));
    child.on('error', (err) => {
      log.error({ err, child: name }, 'a process could not be started or signalled');
      if (child.pid === undefined) this.#ended(1, null, 0);
    });
    child.once('exit', (code, signal) => this.#ended(code, signal, performance.now() - started));
  }

  /** Asks the child to finish its work and waits; kills it when that takes too long. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (child === undefined) return;
    child.kill('SIGTERM');
    if (await until(() => this.#process === undefined, this.options.stopMs)) return;
    this.options.log.warn({ child: this.options.name }, 'a process did not stop in time and is killed');
    this.kill();
    await until(() => this.#process === undefined, this.options.stopMs);
  }

  kill(): void {
    this.#stopping = true;
    this.#process?.kill('SIGKILL');
  }

  #heard(message: unknown): void {
    const said = message as ProcessMessage;
    if (said.type === 'ready') this.#url = said.url;
    this.#expectWord(said.type === 'exiting' ? EXIT_MS : undefined);
  }

  #expectWord(withinMs = this.options.silentMs ?? SILENT_MS): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.options.log.error(
        { child: this.options.name },
        'a process does not answer any more and is killed',
      );
      this.#process?.kill('SIGKILL');
    }, withinMs);
  }

  #ended(code: number | null, signal: string | null, livedMs: number): void {
    const { name, log, onHopeless } = this.options;
    clearTimeout(this.#watchdog);
    this.#process = undefined;
    this.#url = undefined;
    if (this.#stopping) return;
    log.error({ child: name, code, signal }, 'a process ended unexpectedly');
    if (code !== null && HOPELESS.includes(code)) {
      onHopeless(name);
      return;
    }
    this.#crashes = livedMs > STABLE_MS ? 0 : this.#crashes + 1;
    const delay = this.#crashes === 0 ? 0 : backoff(this.#crashes - 1, FIRST_DELAY_MS, MOST_DELAY_MS);
    this.#timer = setTimeout(() => this.start(), delay);
  }
}
