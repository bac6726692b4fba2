import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isErrno } from './errno.js';

/** One process, told from a later one that was given its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Its `startMark`. */
  readonly started: string;
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, started: startMark(pid) };
}

/** Whether this very process has not ended. */
export function stillRuns({ pid, started }: ProcessIdentity): boolean {
  return isAlive(pid) && startMark(pid) === started;
}

/** Whether a process of this number exists and has not ended. */
export function isAlive(pid: number): boolean {
  return isTaken(pid) && !isZombie(pid);
}

/** Whether the number is taken: also by a process that has ended and that nobody has waited for. */
export function isTaken(pid: number): boolean {
  // kill(2) takes 0 and less for groups of processes.
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

/** The command line of a process with spaces between its words; empty when it cannot be read. */
export function commandLine(pid: number): string {
  if (process.platform !== 'linux') return processField(pid, 'command');
  return readProc(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

/** Something that differs between two processes which bear the same number one after the other. */
export function startMark(pid: number): string {
  if (process.platform !== 'linux') return processField(pid, 'lstart');
  // proc(5): field 22 is the start time in ticks since boot; the command in parentheses may hold spaces.
  const ticks = statFields(pid)[19] ?? '';
  return ticks === '' ? '' : `${readText('/proc/sys/kernel/random/boot_id').trim()}:${ticks}`;
}

/** A dead child that nobody has waited for keeps its number but does nothing more. */
function isZombie(pid: number): boolean {
  return process.platform === 'linux' && statFields(pid)[0] === 'Z';
}

/** The fields of `/proc/<pid>/stat` from the third (state) on. */
function statFields(pid: number): string[] {
  const stat = readProc(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function processField(pid: number, field: 'command' | 'lstart'): string {
  return spawnSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}

function readProc(pid: number, file: string): string {
  return readText(`/proc/${pid}/${file}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
