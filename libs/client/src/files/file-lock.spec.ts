import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileLock } from './file-lock.js';
import { isGone, ownMark } from './process-mark.js';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-lock-'));
  path = join(directory, 'lock');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const holder = (mark: object): Promise<void> =>
  writeFile(path, JSON.stringify({ ...ownMark(), nonce: 'x', ...mark }));

/** The pid of a process that is no more. */
async function gonePid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid!;
}

describe('FileLock', () => {
  it('lets one in at a time', async () => {
    const lock = await FileLock.acquire(path);
    await expect(FileLock.acquire(path)).rejects.toMatchObject({ code: 'BUSY' });
    await lock.release();
    const next = await FileLock.acquire(path);
    await next.release();
    expect(await readdir(directory)).toEqual([]);
  });

  it('takes over from a process that is gone', async () => {
    await holder({ pid: await gonePid() });
    const lock = await FileLock.acquire(path);
    expect(await lock.isHeld()).toBe(true);
    await lock.release();
  });

  it('takes over from a process whose pid was given to another', async () => {
    if (ownMark().started === '') return;
    await holder({ started: '1' });
    await (await FileLock.acquire(path)).release();
  });

  it('does not take over from a process that lives, or that it cannot see', async () => {
    await holder({});
    await expect(FileLock.acquire(path)).rejects.toMatchObject({ code: 'BUSY' });
    await holder({ pid: await gonePid(), space: 'another machine' });
    await expect(FileLock.acquire(path)).rejects.toMatchObject({ code: 'BUSY' });
  });

  it('takes over from one that has been silent for more than a minute', async () => {
    await holder({ space: 'another machine' });
    const past = new Date(Date.now() - 61_000);
    await utimes(path, past, past);
    await (await FileLock.acquire(path)).release();
  });

  it('does not take an empty file, being written just now, for a dead holder', async () => {
    await writeFile(path, '');
    await expect(FileLock.acquire(path)).rejects.toMatchObject({ code: 'BUSY' });
  });

  it('lets one in when many find it stale at once', async () => {
    await holder({ pid: await gonePid() });
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => FileLock.acquire(path)));
    const winners = tries.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(winners).toHaveLength(1);
    await winners[0]!.release();
  });

  it('knows when it was taken over, and leaves the other alone', async () => {
    const lock = await FileLock.acquire(path);
    await holder({ nonce: 'other' });
    expect(await lock.isHeld()).toBe(false);
    await lock.release();
    expect(await readFile(path, 'utf8')).toContain('other');
  });

  it('survives a guard that somebody left behind', async () => {
    await holder({ pid: await gonePid() });
    await writeFile(`${path}.takeover`, '{}');
    await expect(FileLock.acquire(path)).rejects.toMatchObject({ code: 'BUSY' });
    const past = new Date(Date.now() - 61_000);
    await utimes(`${path}.takeover`, past, past);
    await (await FileLock.acquire(path)).release();
  });
});

describe('isGone', () => {
  it('is false of oneself', () => {
    expect(isGone(ownMark())).toBe(false);
  });
});
