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

    await environment.teardown();

    expect([env['SPEC_LEFTOVER'], env['PATH']]).toEqual([undefined, path]);
    expect(process.exit).toBe(exit);
    expect(process.listeners('SIGHUP')).not.toContain(leftover);
  });
});

function leftover(): void {}
