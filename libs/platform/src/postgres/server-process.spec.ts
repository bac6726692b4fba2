import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runDirectory } from '#test/run-directory';
import { isAlive } from '../process/process-identity.js';
import { until } from '../process/timing.js';
import { isRunning, isStale, readServerProcess } from './server-process.js';

function lockFile(pid: number, directory = mkdtempSync(join(runDirectory(), 'lock-'))) {
  writeFileSync(
    join(directory, 'postmaster.pid'),
    `${pid}\n${directory}\n1790000000\n5555\n\n127.0.0.1\n  1 2\nready   \n`,
  );
  return directory;
}

describe('readServerProcess', () => {
  it('reads process, directory and port', () => {
    const directory = lockFile(4242);
    expect(readServerProcess(directory)).toEqual({ pid: 4242, dataDirectory: directory, port: 5555 });
  });

  it('reads a server in single-user mode, whose number is negative', () => {
    expect(readServerProcess(lockFile(-4242))?.pid).toBe(4242);
  });

  it('finds nothing where there is no lock file, or an empty one', () => {
    const directory = mkdtempSync(join(runDirectory(), 'lock-'));
    expect(readServerProcess(directory)).toBeUndefined();
    writeFileSync(join(directory, 'postmaster.pid'), '');
    expect(readServerProcess(directory)).toBeUndefined();
  });
});

describe('isRunning and isStale', () => {
  it('take a living stranger with the number for what it is', () => {
    const server = readServerProcess(lockFile(process.pid))!;
    expect([isRunning(server), isStale(server)]).toEqual([false, true]);
  });

  it('leave the lock file of a dead process to PostgreSQL', async () => {
    const child = spawn('true');
    await new Promise((resolve) => child.once('exit', resolve));
    const server = readServerProcess(lockFile(child.pid ?? 0))!;
    expect([isRunning(server), isStale(server)]).toEqual([false, false]);
  });

  it('take a server that has ended and that nobody has waited for as gone', async () => {
    // The shell becomes a sleep that never waits for the child it left behind. A child that ended sooner the shell itself may have waited for.
    const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const server = readServerProcess(lockFile(Number(line.toString())))!;
    try {
      expect(await until(() => !isAlive(server.pid), 10_000)).toBe(true);
      expect([isRunning(server), isStale(server)]).toEqual([false, process.platform === 'linux']);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('see no stale lock while a process still works in the data directory', async () => {
    const directory = lockFile(process.pid);
    const backend = spawn('sleep', ['60'], { cwd: directory });
    await new Promise((resolve) => backend.once('spawn', resolve));
    try {
      expect(isStale(readServerProcess(directory)!)).toBe(process.platform !== 'linux');
    } finally {
      backend.kill('SIGKILL');
    }
  });
});
