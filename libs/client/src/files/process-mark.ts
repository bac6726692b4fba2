import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Tells one process from every other, as far as the system lets it be known. */
export interface ProcessMark {
  readonly pid: number;
  /** Where the pid means anything: host, boot and pid namespace. */
  readonly space: string;
  /** When the process started, so that a pid given again is not taken for its former owner; empty when not known. */
  readonly started: string;
}

/** The mark of this process. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, space: pidSpace(), started: startOf(process.pid) };
}

/** Whether the process of that mark is surely gone. False when it lives or when nobody here can tell. */
export function isGone(mark: ProcessMark): boolean {
  if (mark.space !== pidSpace()) return false;
  if (!exists(mark.pid)) return true;
  return mark.started !== '' && startOf(mark.pid) !== mark.started;
}

function pidSpace(): string {
  return [
    hostname(),
    read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace(),
  ].join(' ');
}

function namespace(): string {
  return read(() => readlinkSync('/proc/self/ns/pid'));
}

/** Field 22 of /proc/<pid>/stat, counted behind the command name, which may hold spaces and brackets. */
function startOf(pid: number): string {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is such a process, of somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function read(action: () => string): string {
  try {
    return action();
  } catch {
    return '';
  }
}
