import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import SpecEnvironment from './spec-environment.js';

describe('environment of a spec file', () => {
  it('takes back what a spec file changed in the process', async () => {
    const environment = new SpecEnvironment();
    const { exit, env } = process;
    const path = env['PATH'];
    env['SPEC_LEFTOVER'] = '1';
    delete env['PATH'];
    process.exit = () => exit();
    process.on('SIGHUP', leftover);
    const [storage, store] = [new AsyncLocalStorage<string>(), { later: '' }];
    await environment.setup();
    const later = storage.run('leftover', async () => {
      await turn();
      store.later = String(storage.getStore());
    });

    await environment.teardown();
    await later;

    expect([env['SPEC_LEFTOVER'], env['PATH']]).toEqual([undefined, path]);
    expect(process.exit).toBe(exit);
    expect(process.listeners('SIGHUP')).not.toContain(leftover);
    expect(store.later).toBe('undefined');
  });
});

function leftover(): void {}
