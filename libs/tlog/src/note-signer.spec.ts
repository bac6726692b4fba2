import { describe, expect, it } from '@jest/globals';
import { decodeBase64 } from './base64.js';
import { asyncCodeOf, seededKey, testKey } from './keys.arbitrary.js';
import { signNote, type NoteSigner } from './note-signer.js';
import { openNote } from './open-note.js';

describe('signNote', () => {
  describe('when given the keys of golang.org/x/mod/sumdb/note, example_test.go', () => {
    it('writes the same notes', async () => {
      // PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz and the seed of zeros.
      const peterSeed = decodeBase64('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'seed').slice(1);
      const peter = seededKey('PeterNeumann', 0x01, peterSeed);
      const enoch = seededKey('EnochRoot', 0x01, new Uint8Array(32));
      const text =
        'If you think cryptography is the answer to your problem,\n' +
        "then you don't know what your problem is.\n";
      expect(await signNote(text, [peter, enoch])).toBe(
        `${text}\n` +
          '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n' +
          '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n',
      );
    });
  });

  describe('when the private key is elsewhere', () => {
    it('waits for its signature', async () => {
      const key = testKey('log', 0x01);
      const remote: NoteSigner = { ...key, sign: (message) => Promise.resolve(key.sign(message)) };
      expect(openNote(await signNote('a\n', [remote]), [key.verifier]).text).toBe('a\n');
    });
  });

  describe('when the text is no text of a note, or nobody signs', () => {
    it('refuses it', async () => {
      expect(await asyncCodeOf(() => signNote('abc', [testKey('log', 0x01)]))).toBe('malformed');
      expect(await asyncCodeOf(() => signNote('abc\n', []))).toBe('malformed');
    });
  });

  describe('when a signer returns nonsense', () => {
    it('refuses it', async () => {
      const signer: NoteSigner = { name: 'log', keyId: 1, sign: () => new Uint8Array(63) };
      expect(await asyncCodeOf(() => signNote('a\n', [signer]))).toBe('bad_signature');
    });
  });
});
