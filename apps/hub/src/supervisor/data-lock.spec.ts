import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { startMark } from '#libs/platform';
import { runDirectory } from '#test/run-directory';
import { lockDataDirectory, supervisorOf } from './data-lock.js';

let dataDir: string;
const lockFile = (): string => join(dataDir, 'hub.lock');

beforeEach(() => {
  dataDir = join(mkdtempSync(join(runDirectory(), 'data-')), '.cairn');
});

describe('lockDataDirectory', () => {
  it('lets one in, and the next when it is released', () => {
    const lock = lockDataDirectory(dataDir);
    expect([lock.takenOver, supervisorOf(dataDir)]).toEqual([false, process.pid]);
    expect(() => lockDataDirectory(dataDir)).toThrow(
      expect.objectContaining({
        code: 'data-directory-in-use',
        message: expect.stringContaining(`another hub runs on ${dataDir} (process ${process.pid})`),
      }),
    );
    lock.release();
    expect(supervisorOf(dataDir)).toBeUndefined();
    lockDataDirectory(dataDir).release();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('takes over the lock of a process that is gone', async () => {
    lockDataDirectory(dataDir);
    const child = spawn('true');
    await new Promise((resolve) => child.once('exit', resolve));
    writeFileSync(lockFile(), JSON.stringify({ pid: child.pid, started: 'x' }));
    expect(lockDataDirectory(dataDir).takenOver).toBe(true);
    expect(readFileSync(lockFile(), 'utf8')).toContain(`"pid":${process.pid}`);
  });

  it('takes over the lock of a process whose number a stranger bears now', () => {
    lockDataDirectory(dataDir);
    writeFileSync(lockFile(), JSON.stringify({ pid: process.pid, started: `${startMark(process.pid)}0` }));
    expect(lockDataDirectory(dataDir).takenOver).toBe(true);
  });

  it('takes over a lock that was cut off while it was written', () => {
    lockDataDirectory(dataDir);
    writeFileSync(lockFile(), '{"pid":');
    expect(lockDataDirectory(dataDir).takenOver).toBe(true);
  });

  it('releases its own lock only', () => {
    const lock = lockDataDirectory(dataDir);
    writeFileSync(lockFile(), JSON.stringify({ pid: 1, started: 'x' }));
    lock.release();
    expect(readdirSync(dataDir)).toEqual(['hub.lock']);
  });
});
