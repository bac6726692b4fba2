import { PersonClient } from '#libs/client';
import type { JsonObject } from '#libs/protocol';
import { Browser } from './browser.js';
import { mustRun, runProgram, type Finished, type RunOptions } from './run-program.js';

/** Somebody's terminal: `cairn` with a home directory, in which a persona of the demo identity provider logs in. */
export class Terminal {
  constructor(
    readonly persona: string,
    readonly home: string,
  ) {}

  /**
   * Logs the persona in by `cairn login`; in place of a browser, this program opens the address that it prints.
   *
   * @returns who the hub says that the persona is
   * @throws Error when the login does not come to its end
   */
  async login(hub: string): Promise<string> {
    const stop = new AbortController();
    let opened = false;
    let open: (address: string) => void = () => undefined;
    const visit = new Promise<void>((resolve, reject) => {
      open = (address) => void new Browser(hub).logIn(address, this.persona).then(resolve, reject);
    });
    const onNotice = (text: string): void => {
      const address = /http:\S+(?=\n)/.exec(text)?.[0];
      if (address !== undefined && !opened) open(address);
      opened ||= address !== undefined;
    };
    const session = this.cairn(['login', '--hub', hub], { show: false, onNotice, signal: stop.signal });
    await Promise.race([session, visit]).catch((error: unknown) => {
      session.catch(() => undefined);
      stop.abort();
      throw error;
    });
    return `${this.persona}: ${(await session).trim()}`;
  }

  /** Runs `cairn`, shown as it would be typed here. */
  async cairn(words: readonly string[], options: RunOptions = {}): Promise<string> {
    return mustRun('cairn', words, { ...options, env: this.environment });
  }

  /** Runs `cairn --json`, shown without its answers; they are objects, one a line. */
  async ask(words: readonly string[], options: RunOptions = {}): Promise<Record<string, unknown>[]> {
    const output = await this.cairn(['--json', ...words], { show: false, ...options });
    const lines = output.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Runs `cairn` whatever it ends with. */
  async attempt(words: readonly string[]): Promise<Finished> {
    return runProgram('cairn', words, { env: this.environment });
  }

  /** Asks the hub by GraphQL in the session of `cairn login`. */
  async graphql(query: string, variables: JsonObject): Promise<JsonObject> {
    return new PersonClient({ home: this.home }).ask({ query, variables, subject: this.persona });
  }

  private get environment(): NodeJS.ProcessEnv {
    return { CAIRN_CLI_HOME: this.home };
  }
}
