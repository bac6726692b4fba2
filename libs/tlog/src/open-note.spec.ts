import { createHash, createPublicKey, verify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from '@jest/globals';
import { codeOf, testKey } from './keys.arbitrary.js';
import { signNote } from './note-signer.js';
import { openNote } from './open-note.js';
import { unhex } from './rfc9162.arbitrary.js';
import { parseNote } from './signed-note.js';
import { parseVerifierKey, verifierKey, type VerifierKey } from './verifier-key.js';

// golang.org/x/mod/sumdb/note, example_test.go and note_test.go.
const PETER = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
const ENOCH = parseVerifierKey('EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop');
const TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const PETER_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const ENOCH_LINE =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
const bytesOf = (value: bigint): number[] =>
  Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));

describe('openNote', () => {
  describe('when given the example of C2SP signed-note.md', () => {
    it('verifies it', () => {
      const key = parseVerifierKey('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k');
      const note =
        'This is an example message.\n\n' +
        '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';
      expect(openNote(note, [key])).toEqual({ text: 'This is an example message.\n', signatures: [{ key }] });
    });
  });

  describe('when two keys signed', () => {
    const note = `${TEXT}\n${PETER_LINE}${ENOCH_LINE}`;

    it('tells which of the known keys did, and ignores the others', () => {
      expect(openNote(note, [PETER])).toEqual({ text: TEXT, signatures: [{ key: PETER }] });
      expect(openNote(note, [ENOCH, PETER]).signatures).toEqual([{ key: PETER }, { key: ENOCH }]);
      expect(openNote(parseNote(note), [ENOCH]).signatures).toEqual([{ key: ENOCH }]);
      expect(openNote(new TextEncoder().encode(note), [ENOCH]).signatures).toEqual([{ key: ENOCH }]);
    });

    it('refuses it when neither is known', () => {
      expect(codeOf(() => openNote(note, []))).toBe('unsigned');
      expect(codeOf(() => openNote(note, [testKey('other', 0x01).verifier]))).toBe('unsigned');
    });

    it('takes neither a name alone nor a key id alone for the key', () => {
      const sameName = testKey('PeterNeumann', 0x01).verifier;
      const sameId: VerifierKey = { ...PETER, name: 'Peter' };
      expect(codeOf(() => openNote(`${TEXT}\n${PETER_LINE}`, [sameName, sameId]))).toBe('unsigned');
      expect(openNote(note, [sameName, sameId, ENOCH]).signatures).toEqual([{ key: ENOCH }]);
    });

    it('gives one result a line when a key signed twice', () => {
      const twice = `${TEXT}\n${PETER_LINE}${PETER_LINE}`;
      expect(openNote(twice, [PETER]).signatures).toEqual([{ key: PETER }, { key: PETER }]);
    });
  });

  describe('when a signature by a known key is bad', () => {
    const badPeter = PETER_LINE.replace('ZJku', 'ZJkv');

    it('rejects the whole note, whatever else signed it', () => {
      expect(codeOf(() => openNote(`${TEXT}\n${badPeter}`, [PETER]))).toBe('bad_signature');
      expect(codeOf(() => openNote(`${TEXT}\n${ENOCH_LINE}${badPeter}`, [PETER, ENOCH]))).toBe(
        'bad_signature',
      );
      expect(codeOf(() => openNote(`${TEXT}\n${PETER_LINE}${badPeter}`, [PETER]))).toBe('bad_signature');
      expect(openNote(`${TEXT}\n${ENOCH_LINE}${badPeter}`, [ENOCH]).signatures).toEqual([{ key: ENOCH }]);
    });

    it('rejects it when it is longer or shorter', () => {
      const longer = `${PETER_LINE.slice(0, 60)}ABCD${PETER_LINE.slice(60)}`;
      const shorter = `${PETER_LINE.slice(0, 60)}${PETER_LINE.slice(64)}`;
      expect(codeOf(() => openNote(`${TEXT}\n${longer}`, [PETER]))).toBe('bad_signature');
      expect(codeOf(() => openNote(`${TEXT}\n${shorter}`, [PETER]))).toBe('bad_signature');
    });

    it('rejects it over another text', () => {
      expect(codeOf(() => openNote(`${TEXT}more\n\n${PETER_LINE}`, [PETER]))).toBe('bad_signature');
    });
  });

  describe('when two known keys cannot be told apart', () => {
    it('refuses them', () => {
      expect(codeOf(() => openNote(`${TEXT}\n${PETER_LINE}`, [PETER, ENOCH, PETER]))).toBe('bad_key');
    });
  });

  describe('when a signature is good only by the leniency of ZIP 215', () => {
    it('rejects it', () => {
      // R is the identity point, written as y = 1 + p: RFC 8032 refuses to decode that second spelling.
      const r = unhex(`ee${'ff'.repeat(30)}7f`);
      const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(new Uint8Array(32));
      const message = Buffer.from('a\n');
      const k = littleEndian(createHash('sha512').update(r).update(pointBytes).update(message).digest());
      const signature = Uint8Array.of(...r, ...bytesOf((k * scalar) % ORDER));
      expect(ed25519.verify(signature, message, pointBytes, { zip215: true })).toBe(true);

      const key = verifierKey('log', 0x01, pointBytes);
      const note = { text: 'a\n', signatures: [{ name: key.name, keyId: key.keyId, signature }] };
      expect(codeOf(() => openNote(note, [key]))).toBe('bad_signature');
    });

    it('rejects an S that is not reduced', async () => {
      const signer = testKey('log', 0x01);
      const { signatures } = parseNote(await signNote('a\n', [signer]));
      const [r, scalar] = [signatures[0]!.signature.slice(0, 32), signatures[0]!.signature.slice(32)];
      const bytes = Uint8Array.of(...r, ...bytesOf(littleEndian(scalar) + ORDER));
      const malleable = { text: 'a\n', signatures: [{ ...signatures[0]!, signature: bytes }] };
      expect(codeOf(() => openNote(malleable, [signer.verifier]))).toBe('bad_signature');
    });
  });

  describe('when a signature or a key has a torsion part', () => {
    // A point of order 8.
    const torsion = ed25519.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    const message = Buffer.from('a\n');
    const { scalar, point } = ed25519.utils.getExtendedPublicKey(new Uint8Array(32));
    const r = 12_345n;

    /** Holds times the cofactor, whatever torsion is added to R or the key. */
    function signed(key: typeof point, atR: typeof point): { key: VerifierKey; signature: Uint8Array } {
      const bytes = key.toBytes();
      const rBytes = atR.toBytes();
      const digest = createHash('sha512').update(rBytes).update(bytes).update(message).digest();
      const s = (r + littleEndian(digest) * scalar) % ORDER;
      return { key: verifierKey('log', 0x01, bytes), signature: Uint8Array.of(...rBytes, ...bytesOf(s)) };
    }

    const R = ed25519.Point.BASE.multiply(r);
    const opened = ({ key, signature }: ReturnType<typeof signed>): unknown =>
      openNote({ text: 'a\n', signatures: [{ name: key.name, keyId: key.keyId, signature }] }, [key]).text;

    it('takes it without one, and where OpenSSL takes it', () => {
      expect(opened(signed(point, R))).toBe('a\n');
      const mixed = point.add(torsion);
      for (let order = 0n; order < 8n; order++) {
        const forged = signed(mixed, R.add(torsion.multiplyUnsafe(order)));
        const x = Buffer.from(forged.key.publicKey).toString('base64url');
        const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
        const taken = verify(null, message, key, forged.signature);
        expect(taken ? opened(forged) : codeOf(() => opened(forged))).toBe(taken ? 'a\n' : 'bad_signature');
      }
    });

    it.each([
      ['R', signed(point, R.add(torsion))],
      ['the key', signed(point.add(torsion), R)],
      ['R by another point', signed(point, R.add(torsion.multiplyUnsafe(4n)))],
    ])('rejects what other verifiers reject: %s', (_what, forged) => {
      const { signature, key } = forged;
      expect(ed25519.verify(signature, message, key.publicKey, { zip215: false })).toBe(true);
      expect(codeOf(() => opened(forged))).toBe('bad_signature');
    });
  });

  describe('when another library is asked', () => {
    it('agrees about a signature made here', async () => {
      const signer = testKey('log', 0x01);
      const { signatures, text } = parseNote(await signNote('é\n', [signer]));
      const x = Buffer.from(signer.verifier.publicKey).toString('base64url');
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      expect(verify(null, Buffer.from(text), key, signatures[0]!.signature)).toBe(true);
    });
  });
});
