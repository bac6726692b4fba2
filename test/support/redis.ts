import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, requireSuitableRedis, until } from '#libs/platform';

export interface TestRedis {
  readonly url: string;
  /** Cuts the connections of all clients. */
  cut(): Promise<void>;
  /** Ends the server as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether a Redis server can be started here. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** A Redis of our own on a free port of the loopback interface, in memory only. */
export async function startTestRedis(...settings: string[]): Promise<TestRedis> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'cairn-redis-'));
  const options = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ];
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    server = spawn('redis-server', [...options, ...settings], { stdio: 'ignore' });
    await until(() => answers(url), 10_000);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    server.kill(signal);
    await until(() => server.exitCode !== null || server.signalCode !== null, 10_000);
  };
  await start();
  return {
    url,
    cut: () => cutClients(url),
    kill: () => end('SIGKILL'),
    restart: start,
    stop: async () => {
      await end('SIGTERM');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function cutClients(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  redis.disconnect();
}

/** Unsuitable or not, it answers. */
function answers(url: string): Promise<boolean> {
  return requireSuitableRedis(url).then(
    () => true,
    (error: { code?: string }) => error.code === 'queue-unsuitable',
  );
}
