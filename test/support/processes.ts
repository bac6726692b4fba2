import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isAlive, until } from '#libs/platform';

export type Application = 'api' | 'worker' | 'signer' | 'hub';

export interface TestProcess {
  readonly pid: number;
  /** Where it listens. */
  readonly url: string;
  /** All it wrote so far. */
  output(): string;
  /** Ends it with a signal and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** How long something that hangs is waited for; a busy machine may take a good part of it. */
const START_MS = 180_000;
const STOP_MS = 90_000;
const started = new Map<number, ChildProcess>();

/** Starts a compiled application with exactly these settings and waits until it is ready. */
export async function startProcess(
  application: Application,
  env: Record<string, string>,
): Promise<TestProcess> {
  const { child, output } = spawnProcess(application, application === 'hub' ? ['start'] : [], env);
  let url: string | undefined;
  child.on('message', (message) => (url ??= (message as { url?: string }).url));
  const isReady = (): boolean => (url ??= /is ready at (\S+)/.exec(output())?.[1]) !== undefined;
  await until(() => isReady() || hasEnded(child), START_MS);
  if (url === undefined) {
    child.kill('SIGKILL');
    throw new Error(`${application} did not become ready:\n${output()}`);
  }
  return { pid: child.pid ?? 0, url, output, kill: (signal) => end(child, signal) };
}

/** Runs a command of `cairn-hub` to its end. */
export async function runHub(args: readonly string[], env: Record<string, string>) {
  const { child, output } = spawnProcess('hub', args, env);
  await until(() => hasEnded(child), START_MS);
  return { code: child.exitCode, output: output() };
}

/** To be called when a test is over: kills what it left running. */
export function killLeftovers(): void {
  for (const [pid, child] of started) if (!hasEnded(child) && isAlive(pid)) child.kill('SIGKILL');
  started.clear();
}

function spawnProcess(application: Application, args: readonly string[], env: Record<string, string>) {
  const path = fileURLToPath(new URL(`../../apps/${application}/src/main.js`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test', ...env },
    // The channel by which an application learns that its supervisor is gone; the supervisor has none.
    stdio: ['ignore', 'pipe', 'pipe', ...(application === 'hub' ? [] : (['ipc'] as const))],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => chunks.push(String(chunk)));
  if (child.pid !== undefined) started.set(child.pid, child);
  return { child, output: () => chunks.join('') };
}

async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM') {
  child.kill(signal);
  if (!(await until(() => hasEnded(child), STOP_MS))) throw new Error(`process ${child.pid} did not end`);
  return { code: child.exitCode, signal: child.signalCode };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Living children of a process: number and command line. */
export function childrenOf(pid: number): { pid: number; command: string }[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'ppid=,pid=,stat=,args='], { encoding: 'utf8' });
  const rows = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line));
  return rows.flatMap((row) => {
    const [, parent, child, state = '', command = ''] = row ?? [];
    return Number(parent) === pid && !state.startsWith('Z') ? [{ pid: Number(child), command }] : [];
  });
}

/** A process in the words of the system, for whoever wonders why it is there. */
export function describeProcess(pid: number): string {
  const columns = 'pid=,ppid=,stat=,wchan=,time=,lstart=,args=';
  return spawnSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}
