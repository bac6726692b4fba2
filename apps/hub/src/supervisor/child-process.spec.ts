import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger, until } from '#libs/platform';
import { runDirectory } from '#test/run-directory';
import { SupervisedChild } from './child-process.js';

const PATIENCE_MS = 60_000;

let child: SupervisedChild | undefined;
let pids: number[];
let lines: string[];

/** A child that runs this code. */
function supervise(code: string, silentMs: number): SupervisedChild {
  const program = join(runDirectory(), `child-${process.hrtime.bigint()}.mjs`);
  writeFileSync(program, code);
  pids = [];
  lines = [];
  child = new SupervisedChild({
    name: 'worker',
    program,
    env: { PATH: process.env['PATH'] },
    log: createLogger({
      name: 'hub',
      level: 'info',
      destination: { write: (line: string) => lines.push(line) },
    }),
    stopMs: 20_000,
    silentMs,
    onStart: (_, pid) => pids.push(pid),
    onHopeless: () => undefined,
  });
  child.start();
  return child;
}

const wasKilledForSilence = (): boolean =>
  lines.some((line) => line.includes('does not answer any more and is killed'));

afterEach(() => child?.stop());

describe('SupervisedChild', () => {
  describe('when its process says nothing any more', () => {
    it('kills a process whose event loop stands still, and starts it again', async () => {
      const code = `process.send({ type: 'ready', url: 'http://127.0.0.1:1' }); const end = Date.now() + 60_000; while (Date.now() < end);`;
      supervise(code, 3_000);
      expect(await until(() => pids.length >= 2, PATIENCE_MS)).toBe(true);
      expect(wasKilledForSilence()).toBe(true);
    });

    it('kills a process that hangs while it exits', async () => {
      const code = `process.send({ type: 'exiting' }); process.on('exit', () => { const end = Date.now() + 60_000; while (Date.now() < end); }); process.exit(1);`;
      supervise(code, PATIENCE_MS * 10);
      expect(await until(() => pids.length >= 2, PATIENCE_MS)).toBe(true);
      expect(wasKilledForSilence()).toBe(true);
    });
  });

  describe('when its process says that it is alive', () => {
    it('lets it run', async () => {
      const code = `setInterval(() => process.send({ type: 'alive' }), 100);`;
      supervise(code, 5_000);
      await new Promise((resolve) => setTimeout(resolve, 7_000));
      expect([pids.length, wasKilledForSilence()]).toEqual([1, false]);
    });
  });

  it('stops a process that stands still', async () => {
    const hung = supervise(
      `process.on('SIGTERM', () => undefined); const end = Date.now() + 60_000; while (Date.now() < end);`,
      3_000,
    );
    await until(() => pids.length === 1, PATIENCE_MS);
    await hung.stop();
    expect(hung.pid).toBeUndefined();
    expect(pids).toHaveLength(1);
  });
});
