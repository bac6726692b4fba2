import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeStatement, encodeStatement, toHex } from '#libs/protocol';
import { leafHash, merkleRoot } from '#libs/tlog';
import { readHubPolicy } from '../config/hub-policy.js';
import { readHeadsDocument } from '../heads/heads-document.js';
import { checkAnchorEvidence } from './anchor-evidence.js';
import { checkForkEvidence } from './fork-evidence.js';

const PAGE = readFileSync(new URL('../../../../../docs/protocol-evidence.md', import.meta.url), 'utf8');
const [policy, file, published, kept, heads] = [...PAGE.matchAll(/```\n([^`]+)```/g)].map(([, block]) =>
  Buffer.from(block!),
);

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

  it('has a feed that was kept back, under the same policy', async () => {
    expect(await checkAnchorEvidence(readHubPolicy(policy!, 'policy'), kept!, 'example')).toEqual({
      kind: 'kept-back',
      origin: 'hub.example.org',
      feed: 'csam',
      size: 1,
      roundTime: 1795400001000,
      published: { size: 2, index: 2, time: 1795400003000 },
      logSize: 4,
      logTime: 1795400400000,
      seen: 1795400005000,
      read: 1795400400500,
      pastByLog: true,
    });
  });

  it('has the statement that published more, and its leaf hash', () => {
    const [leaf, hash] = published!.toString().split('\n');
    expect(Buffer.from(encodeStatement(decodeStatement(Buffer.from(leaf!)))).toString()).toBe(leaf);
    expect(toHex(leafHash(Buffer.from(leaf!)))).toBe(hash);
    expect((JSON.parse(kept!.toString()) as { published: { leaf: string } }).published.leaf).toBe(leaf);
  });

  it('has the heads of the member that keeps it', () => {
    const { note, last } = JSON.parse(kept!.toString()) as { note: string; last: { proof: string } };
    const [log, feed] = readHeadsDocument(heads!, 'hub.example.org', 'example');
    expect(feed).toEqual({ log: 'hub.example.org/feed/csam', note });
    expect(log!.log).toBe('hub.example.org/log');
    expect(last.proof.endsWith(`\n\n${log!.note}`)).toBe(true);
  });
});
