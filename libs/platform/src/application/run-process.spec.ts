import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';

const module = new URL('./run-process.js', import.meta.url).href;

/** A process of a hub: loads for `loadingMs`, then runs `start`; it says where it is. */
function launch(start: string, loadingMs = 0): ChildProcess {
  const script = `
    await new Promise((resolve) => setTimeout(resolve, ${loadingMs}));
    const { runProcess } = await import('${module}');
    setInterval(() => undefined, 1000);
    await runProcess('worker', async () => { ${start} });`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { CAIRN_SHUTDOWN_SECONDS: '1', NODE_ENV: 'test' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

/** By which signal it ends once its supervisor is gone. */
async function abandoned(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit');
  child.disconnect();
  return (await ended)[1] as unknown;
}

describe('runProcess', () => {
  describe('when the supervisor is gone', () => {
    it('ends a process that is still loading its modules', async () => {
      expect(await abandoned(launch('await new Promise(() => undefined);', 500))).toBe('SIGKILL');
    });

    it('ends a process that is starting', async () => {
      const child = launch(`process.send('starting'); await new Promise(() => undefined);`);
      await once(child, 'message');
      expect(await abandoned(child)).toBe('SIGKILL');
    });

    it.each([
      ['closes in order', 'return undefined;'],
      ['hangs while closing', 'return new Promise(() => undefined);'],
      ['fails to close', `throw new Error('no');`],
    ])('ends a process that %s', async (_name, close) => {
      const child = launch(`return { url: 'http://127.0.0.1:1', close: async () => { ${close} } };`);
      await once(child, 'message');
      expect(await abandoned(child)).toBe('SIGKILL');
    });
  });
});
