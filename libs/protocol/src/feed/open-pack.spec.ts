import { describe, expect, it } from '@jest/globals';
import { change, packOf, PDQ, plainMetadata, refusal } from './feed.arbitrary.js';
import { openPack, packDigest } from './open-pack.js';
import { encodePack } from './pack-encoder.js';
import { packContents } from './pack.js';
import { RecordSet } from './record-set.js';
import type { RoundPack } from './round.js';

const empty = RecordSet.empty(PDQ);
const changes = [change(PDQ, 1, 'add', plainMetadata(1))];
const after = empty.apply(changes);
const bytes = encodePack(packContents(packOf(empty, changes)));
const announced: RoundPack = {
  digest: packDigest(bytes),
  bytes: bytes.length,
  added: 1,
  updated: 0,
  removed: 0,
  count: 1,
  root: Buffer.from(after.root).toString('hex'),
};

describe('openPack', () => {
  describe('when the pack is the one announced', () => {
    it('reads it', () => {
      expect(packContents(openPack('pdq', announced, bytes)).changes).toEqual(changes);
    });
  });

  describe('when the pack is not the one announced', () => {
    const garbage = new Uint8Array(bytes.length);
    it.each<[string, string, Partial<RoundPack>, Uint8Array, string]>([
      ['of another length', 'pdq', {}, bytes.subarray(1), 'bytes-mismatch'],
      ['of another digest, before parsing it', 'pdq', {}, garbage, 'digest-mismatch'],
      ['of another type', 'md5', {}, bytes, 'type-mismatch'],
      ['with fewer added', 'pdq', { added: 2 }, bytes, 'count-mismatch'],
      ['with fewer updated', 'pdq', { updated: 1 }, bytes, 'count-mismatch'],
      ['with fewer removed', 'pdq', { removed: 1 }, bytes, 'count-mismatch'],
      ['to another root', 'pdq', { root: '00'.repeat(32) }, bytes, 'root-mismatch'],
      ['that is no pack', 'pdq', { digest: packDigest(garbage) }, garbage, 'bad-magic'],
    ])('refuses one %s', (_, type, difference, given, code) => {
      expect(refusal(() => openPack(type, { ...announced, ...difference }, given))).toBe(code);
    });
  });
});
