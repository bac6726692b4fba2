import { spawn, type ChildProcess } from 'node:child_process';
import { say } from './say.js';

const PROGRAMS = {
  'cairn-hub': 'dist/apps/hub/src/main.js',
  cairn: 'dist/apps/cli/src/main.js',
} as const;

export type Program = keyof typeof PROGRAMS;

/** What a program printed and how it ended. */
export interface Finished {
  code: number;
  output: string;
}

/** How a program is run. */
export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  input?: string;
  /** Whether the command and what it prints are shown; the command alone with `command`. */
  show?: boolean | 'command';
  /** Is told what the program said on standard error so far, each time it says more. */
  onNotice?: (text: string) => void;
  /** Ends the program. */
  signal?: AbortSignal;
}

/** The command line that runs a program of this checkout. */
export function commandOf(program: Program, words: readonly string[]): [string, string[]] {
  return [process.execPath, [PROGRAMS[program], ...words]];
}

/** Runs a program to its end, showing the command. Whatever it says on standard error is shown as well. */
export async function runProgram(
  program: Program,
  words: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const { env = {}, input = '', show = true, onNotice, signal } = options;
  if (show !== false) say.command([program, ...words]);
  const [file, args] = commandOf(program, words);
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  let trouble = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    trouble += chunk.toString();
    onNotice?.(trouble);
  });
  child.stdin.end(input);
  const code = await ended(child);
  if (show === true && output !== '') say.output(output);
  if (trouble !== '' && (show === true || code !== 0)) say.output(trouble);
  return { code, output };
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
}

/** Runs a program that must succeed. */
export async function mustRun(...parameters: Parameters<typeof runProgram>): Promise<string> {
  const { code, output } = await runProgram(...parameters);
  if (code !== 0) throw new Error(`${parameters[0]} ${parameters[1].join(' ')} ended with ${code}`);
  return output;
}
