import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { merkleRoot } from '#libs/tlog';
import { readHubPolicy } from '../config/hub-policy.js';
import { checkForkEvidence } from './fork-evidence.js';

const PAGE = readFileSync(new URL('../../../../../docs/protocol-evidence.md', import.meta.url), 'utf8');
const [policy, file] = [...PAGE.matchAll(/```\n([^`]+)```/g)].map(([, block]) => Buffer.from(block!));

const rootOf = (...leaves: string[]) => merkleRoot(leaves.map((leaf) => Buffer.from(leaf)));

describe('the worked example of docs/protocol-evidence.md', () => {
  it('holds under its policy, and is of the two trees', async () => {
    const hub = readHubPolicy(policy!, 'policy');
    expect(await checkForkEvidence(hub, file!, 'example')).toEqual({
      kind: 'fork',
      origin: 'hub.example.org',
      log: 'hub.example.org/feed/csam',
      first: { size: 2, root: rootOf('one', 'two'), published: null },
      second: { size: 3, root: rootOf('one', 'TWO', 'three'), published: null },
      seen: 1795400000000,
    });
  });
});
