import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../process/timing.js';
import { WakeLoop } from './wake-loop.js';

const HOUR = 3_600_000;

function loop(round: (signal: AbortSignal) => Promise<boolean>, intervalMs = HOUR) {
  const errors: unknown[] = [];
  return { loop: new WakeLoop({ intervalMs, round, onError: (error) => errors.push(error) }), errors };
}

describe('WakeLoop', () => {
  it('runs at start, when woken, and otherwise after the interval', async () => {
    let rounds = 0;
    const { loop: woken } = loop(async () => ++rounds < 0);
    woken.start();
    await until(() => rounds === 1, 1000, 1);
    await sleep(20);
    expect(rounds).toBe(1);
    woken.wake();
    expect(await until(() => rounds === 2, 1000, 1)).toBe(true);
    await woken.stop();
    const { loop: polling } = loop(async () => ++rounds < 0, 5);
    polling.start();
    expect(await until(() => rounds >= 6, 1000, 1)).toBe(true);
    await polling.stop();
  });

  it('goes on at once while more is waiting', async () => {
    let rounds = 0;
    const { loop: busy } = loop(async () => ++rounds < 10);
    busy.start();
    expect(await until(() => rounds === 10, 1000, 1)).toBe(true);
    await busy.stop();
    expect(rounds).toBe(10);
  });

  it('never runs two rounds at a time, and follows a wake that came during a round', async () => {
    let running = 0;
    let most = 0;
    let rounds = 0;
    const { loop: slow } = loop(async () => {
      most = Math.max(most, ++running);
      await sleep(10);
      running--;
      rounds++;
      return false;
    });
    slow.start();
    await sleep(2);
    slow.wake();
    slow.wake();
    slow.start();
    await until(() => rounds === 2, 1000, 1);
    await sleep(30);
    expect([most, rounds]).toEqual([1, 2]);
    await slow.stop();
  });

  it('rests between rounds that are woken, but not before the first after a quiet time', async () => {
    const starts: number[] = [];
    const round = async () => starts.push(performance.now()) < 0;
    const resting = new WakeLoop({ intervalMs: HOUR, restMs: 400, round, onError: () => undefined });
    resting.start();
    await until(() => starts.length === 1, 1000, 1);
    for (let i = 0; i < 5; i++) {
      resting.wake();
      await sleep(5);
    }
    expect(starts).toHaveLength(1);
    expect(await until(() => starts.length === 2, 5000, 1)).toBe(true);
    expect(starts[1]! - starts[0]!).toBeGreaterThanOrEqual(390);
    await sleep(450);
    expect(starts).toHaveLength(2);
    const woken = performance.now();
    resting.wake();
    expect(await until(() => starts.length === 3, 5000, 1)).toBe(true);
    expect(starts[2]! - woken).toBeLessThan(399);
    resting.wake();
    await resting.stop();
    expect(starts).toHaveLength(3);
  });

  it('reports a round that fails and waits before the next, even when woken during it', async () => {
    let rounds = 0;
    const { loop: failing, errors } = loop(async () => {
      rounds++;
      await sleep(1);
      failing.wake();
      throw new Error('no');
    }, 500);
    failing.start();
    expect(await until(() => errors.length === 1, 5000, 1)).toBe(true);
    await sleep(50);
    expect([rounds, errors.length]).toEqual([1, 1]);
    expect(await until(() => rounds >= 2, 5000, 1)).toBe(true);
    await failing.stop();
  });

  it('stops after the round under way, whose signal is aborted', async () => {
    let finished = false;
    const { loop: waiting } = loop(async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await sleep(10);
      finished = true;
      return true;
    });
    waiting.start();
    await waiting.stop();
    expect(finished).toBe(true);
  });

  it('can be stopped before it started', async () => {
    const { loop: idle } = loop(async () => true);
    await idle.stop();
  });
});
