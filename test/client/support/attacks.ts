import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { ClientError, HashStore, type PullResult } from '#libs/client';
import { adds, SHA256 } from './signals.js';
import { send, TestHub, type Intercept } from './test-hub.js';

/** A hub with a member whose store holds two rounds of the feed; two more are waiting. */
export async function hubWithStore(): Promise<TestHub> {
  const hub = await TestHub.start();
  await hub.member();
  hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, 20) }]);
  hub.feed.idle();
  await pullFrom(hub);
  hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 20, 40) }], {
    limits: { changes: 8, bytes: 1 << 20 },
  });
  hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 40, 45) }]);
  return hub;
}

/** Pulls as a new process would. */
export async function pullFrom(hub: TestHub): Promise<PullResult> {
  return (await hub.client()).pull({ feed: 'csam', store: hub.store });
}

/** Everything in the store and the state file, to see that nothing changed. */
export async function snapshot(hub: TestHub): Promise<string> {
  const store = await HashStore.open(hub.store);
  store.verify();
  const records = [...store.records()].map(({ value }) => value);
  store.close();
  return JSON.stringify([records, await readFile(join(hub.store, 'csam', 'state.json'), 'utf8')]);
}

/**
 * Pulls under attack: it fails with the code, the store stays as it was, and an honest hub is believed again, unless its
 * key signed two histories.
 */
export async function expectRefused(hub: TestHub, code: string, attack?: Intercept): Promise<ClientError> {
  const before = await snapshot(hub);
  hub.intercept = attack ?? null;
  const error = await pullFrom(hub).then(
    () => new Error('the pull went through'),
    (failure: unknown) => failure as ClientError,
  );
  expect(error).toMatchObject({ code });
  expect(await snapshot(hub)).toBe(before);
  hub.intercept = null;
  if (attack !== undefined && code !== 'LOG_FORK')
    await expect(pullFrom(hub)).resolves.toMatchObject({ changed: true });
  return error as ClientError;
}

/** Answers with these bytes where the path fits. */
export const answering =
  (match: (path: string) => boolean, bytes: () => Uint8Array | Promise<Uint8Array>): Intercept =>
  async (path, response) => {
    if (!match(path)) return false;
    send(response, await bytes());
    return true;
  };

/** Sends bytes for as long as the other side takes them; returns how many it took at once. */
export function pourInto(response: ServerResponse): number {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let written = 0;
  const pour = (): void => {
    while (!response.destroyed && response.write(chunk)) written += chunk.length;
  };
  response.on('drain', pour);
  pour();
  return written;
}

/** Answers without end where the path fits. */
export function endless(match: (path: string) => boolean): Intercept {
  return (path, response) => {
    if (!match(path)) return false;
    response.writeHead(200);
    response.on('error', () => undefined);
    pourInto(response);
    return true;
  };
}
