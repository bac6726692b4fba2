import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun, runProgram, type Finished } from './run-program.js';

/** A member organisation of the demo: `cairn` with a home directory of its own. */
export class DemoMember {
  readonly home: string;

  constructor(
    readonly name: string,
    readonly directory: string,
  ) {
    mkdirSync(directory, { recursive: true });
    this.home = join(directory, 'home');
  }

  /** Runs `cairn`, shown as this member would type it. */
  async cairn(words: readonly string[]): Promise<string> {
    return mustRun('cairn', words, { env: this.environment });
  }

  /** Runs `cairn --json` without showing it; the answers, one object a line. */
  async ask(words: readonly string[]): Promise<Record<string, unknown>[]> {
    const output = await mustRun('cairn', ['--json', ...words], { env: this.environment, show: false });
    const lines = output.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Runs `cairn` whatever it ends with. */
  async attempt(words: readonly string[]): Promise<Finished> {
    return runProgram('cairn', words, { env: this.environment });
  }

  private get environment(): NodeJS.ProcessEnv {
    return { CAIRN_CLI_HOME: this.home };
  }
}
