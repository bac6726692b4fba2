import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatCheckpoint } from './checkpoint.js';
import { cosign, cosignedMessage, parseCosignature } from './cosignature.js';
import { asyncCodeOf, codeOf, testKey } from './keys.arbitrary.js';
import { openNote } from './open-note.js';
import { emptyRoot } from './tree-hash.js';

const TEXT = formatCheckpoint({ origin: 'example.com/log', size: 7, root: emptyRoot() });
const WITNESS = testKey('witness.example/w1', 0x04);

describe('cosignedMessage', () => {
  describe('when given the example of C2SP tlog-cosignature.md', () => {
    it('gives its bytes', () => {
      const checkpoint =
        'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
      expect(Buffer.from(cosignedMessage(checkpoint, 1_679_315_147)).toString()).toBe(
        'cosignature/v1\n' +
          'time 1679315147\n' +
          'example.com/behind-the-sofa\n' +
          '20852163\n' +
          'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
      );
    });
  });

  describe('when the time is none', () => {
    it.each([-1, 1.5, 2 ** 53, NaN])('refuses %d', (timestamp) => {
      expect(codeOf(() => cosignedMessage(TEXT, timestamp))).toBe('out_of_range');
    });
  });
});

describe('cosign', () => {
  describe('when its line is opened', () => {
    it('verifies, with its time', async () => {
      await fc.assert(
        fc.asyncProperty(fc.maxSafeNat(), async (timestamp) => {
          const signatures = [await cosign(TEXT, WITNESS, timestamp)];
          expect(signatures[0]!.signature).toHaveLength(72);
          expect(openNote({ text: TEXT, signatures }, [WITNESS.verifier])).toEqual({
            text: TEXT,
            signatures: [{ key: WITNESS.verifier, timestamp }],
          });
        }),
        { numRuns: 10 },
      );
    });

    it('does not verify with another time, as a plain signature, or cut short', async () => {
      const line = await cosign(TEXT, WITNESS, 1000);
      const plain = { ...testKey(WITNESS.name, 0x01, WITNESS.name).verifier, keyId: line.keyId };
      const later = line.signature.slice();
      later[7]! += 1;
      const open = (signature: Uint8Array, key = WITNESS.verifier) =>
        codeOf(() => openNote({ text: TEXT, signatures: [{ ...line, signature }] }, [key]));
      expect(open(later)).toBe('bad_signature');
      expect(open(line.signature, plain)).toBe('bad_signature');
      expect(open(line.signature.slice(8), plain)).toBe('bad_signature');
      expect(open(line.signature.slice(1))).toBe('bad_signature');
      expect(open(line.signature)).toBeUndefined();
    });
  });

  describe('when the text is no checkpoint', () => {
    it('signs nothing', async () => {
      expect(await asyncCodeOf(() => cosign('hello\n', WITNESS, 1))).toBe('malformed');
    });
  });

  describe('when the signer returns nonsense', () => {
    it('refuses it', async () => {
      const signer = { ...WITNESS, sign: () => new Uint8Array(65) };
      expect(await asyncCodeOf(() => cosign(TEXT, signer, 1))).toBe('bad_signature');
    });
  });
});

describe('parseCosignature', () => {
  describe('when given the example of C2SP tlog-cosignature.md', () => {
    it('gives the time of its signed message', () => {
      const base64 =
        'jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==';
      const { timestamp, signature } = parseCosignature(Buffer.from(base64, 'base64').subarray(4));
      expect(timestamp).toBe(1_679_315_147);
      expect(signature).toHaveLength(64);
    });
  });

  describe('when the length is another', () => {
    it.each([0, 71, 73])('refuses %d bytes', (length) => {
      expect(codeOf(() => parseCosignature(new Uint8Array(length)))).toBe('bad_signature');
    });
  });

  describe('when the time is over 2^53 - 1', () => {
    it('refuses it', () => {
      const bytes = new Uint8Array(72);
      bytes[0] = 0x7f;
      expect(codeOf(() => parseCosignature(bytes))).toBe('out_of_range');
    });
  });
});
