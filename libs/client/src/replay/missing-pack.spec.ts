import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parsePolicy } from '#libs/tlog';
import { adds, MD5, SHA256 } from '../../../../test/client/support/signals.js';
import { TestFeed } from '../../../../test/client/support/test-feed.js';
import { LogCopy } from '../log/log-copy.js';
import { openCheckpoint, type VerifiedHead } from '../log/open-checkpoint.js';
import { StaticLog } from '../log/static-log.js';
import { requireNoNewHorizon } from './missing-pack.js';

let directory: string;
let feed: TestFeed;
let log: StaticLog;
let copy: LogCopy;

async function served(): Promise<VerifiedHead> {
  const policy = parsePolicy(`${feed.log.policyLine('https://hub.example')}quorum none\n`);
  return openCheckpoint(policy, feed.log.origin, await log.checkpoint());
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-missing-'));
  feed = new TestFeed('hub.example', 'csam');
  feed.publish([
    { shape: SHA256, changes: adds(SHA256, 0, 4) },
    { shape: MD5, changes: adds(MD5, 0, 4) },
  ]);
  log = new StaticLog('feed csam', (path) => feed.file(path));
  copy = await LogCopy.open(directory, log, { hub: 'hub.example', origin: feed.log.origin });
  await copy.extend(await served());
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const missing = async (index: number) =>
  requireNoNewHorizon('csam', copy, await served(), { type: 'sha256', index });

describe('a pack that is not served', () => {
  it('is withheld when the feed has not grown, or by no horizon of the type', async () => {
    await missing(0);
    feed.idle();
    feed.snapshot(MD5, true);
    feed.snapshot(SHA256, false);
    await missing(0);
  });

  it('is missing by right below a horizon that was signed since', async () => {
    const { size } = feed.log;
    feed.snapshot(SHA256, true);
    await expect(missing(size - 1)).rejects.toMatchObject({ code: 'FEED_BEGAN_ANEW', kind: 'network' });
    await missing(size);
    expect(copy.size).toBe(size);
  });
});
