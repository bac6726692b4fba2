import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '#apps/cli/src/run-cli';
import type { TestHub } from './test-hub.js';

/** What a run of the program came to. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the program for the member of a hub as a process would, with this standard input. */
export async function runCairn(hub: TestHub, args: readonly string[], stdin = ''): Promise<CliRun> {
  let [out, err] = ['', ''];
  const io = {
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    writeOut: async (text: string) => void (out += text),
    writeError: (text: string) => void (err += text),
    interactive: false,
  };
  const code = await runCli(['--home', hub.home, ...args], { io, http: hub.http });
  return { code, out, err };
}

/** The lines of JSON that a run printed. */
export function jsonLines({ out }: CliRun): Record<string, unknown>[] {
  const lines = out.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Writes an input file. */
export async function inputFile(hub: TestHub, name: string, text: string): Promise<string> {
  await mkdir(join(hub.directory, 'input'), { recursive: true });
  const path = join(hub.directory, 'input', name);
  await writeFile(path, text);
  return path;
}
