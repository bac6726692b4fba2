import { describe, expect, it } from '@jest/globals';
import { leafHash } from '#libs/tlog';
import { asyncRefusalOf, jsonBytes, utf8, type Refusal } from '../refusal.arbitrary.js';
import { splitLines } from '../submission/lines.js';
import {
  checkEvidence,
  checkSubmission,
  type EvidenceBytes,
  type SubmissionBytes,
  type VerifyManifest,
} from './check-submission.js';
import { exampleLog, LINES, verifyManifest, type Tampering } from './example-log.arbitrary.js';

const ORIGIN = 'hub.example.org';
const { bytes: BYTES, manifest: MANIFEST, leaves } = await exampleLog(ORIGIN);

const checking = (change: Partial<SubmissionBytes>, verify = verifyManifest): Promise<Refusal | null> =>
  asyncRefusalOf(() => checkSubmission({ ...BYTES, ...change }, ORIGIN, verify));

/** The check of an example that was wrong before it was hashed and signed. */
async function checkingTampered(tampering: Tampering): Promise<Refusal | null> {
  const { bytes } = await exampleLog(ORIGIN, tampering);
  return asyncRefusalOf(() => checkSubmission(bytes, ORIGIN, verifyManifest));
}

describe('checkSubmission', () => {
  describe('when all bytes belong to the leaf', () => {
    it('gives what they say', async () => {
      const checked = await checkSubmission(BYTES, ORIGIN, verifyManifest);
      expect(checked.manifest).toEqual(MANIFEST);
      expect(checked.entries).toHaveLength(2);
      expect(checked.statement.head).toBeNull();
    });

    it('takes a verifier that answers at once or later', async () => {
      expect(await checking({}, async (token, jwk) => verifyManifest(token, jwk))).toBeNull();
    });

    it('takes a head that leaf and manifest agree on', async () => {
      const head = { size: 3, root: '0a'.repeat(32) };
      const leaf: Tampering['leaf'] = (statement) => ({ ...statement, head }) as typeof statement;
      expect(await checkingTampered({ manifest: { head }, leaf })).toBeNull();
    });
  });

  describe('when they do not', () => {
    it('refuses a leaf of another kind', async () => {
      expect(await checking({ leaf: leaves[0]! })).toEqual({ code: 'EVIDENCE_MISMATCH', field: 'kind' });
      expect(await checking({ leaf: utf8('{}') })).toEqual({ code: 'MISSING_FIELD', field: 'cairn' });
    });

    it('refuses other bodies', async () => {
      expect(await checking({ content: BYTES.author })).toEqual({
        code: 'DIGEST_MISMATCH',
        field: 'content',
      });
      expect(await checking({ author: BYTES.content })).toEqual({ code: 'DIGEST_MISMATCH', field: 'author' });
    });

    it('refuses another manifest and another key', async () => {
      expect(await checking({ manifest: `${BYTES.manifest}=` })).toEqual({
        code: 'DIGEST_MISMATCH',
        field: 'author.manifest',
      });
      const jwk = { ...BYTES.jwk, x: `A${BYTES.jwk.x.slice(1)}` };
      expect(await checking({ jwk })).toEqual({ code: 'DIGEST_MISMATCH', field: 'author.key' });
    });

    it('refuses a signature that does not hold, and a payload that is no manifest', async () => {
      const answering =
        (payload: Uint8Array | null): VerifyManifest =>
        () =>
          payload;
      expect(await checking({}, answering(null))).toEqual({ code: 'BAD_SIGNATURE', field: 'manifest' });
      expect(await checking({}, answering(utf8('{')))).toEqual({ code: 'MALFORMED_JSON', field: 'manifest' });
      expect(await checking({}, answering(jsonBytes({ ...MANIFEST, exp: 1 })))).toEqual({
        code: 'UNKNOWN_FIELD',
        field: 'manifest.exp',
      });
    });

    it.each<[string, Refusal, Tampering]>([
      [
        'another audience',
        { code: 'WRONG_AUDIENCE', field: 'manifest.aud' },
        { manifest: { aud: 'other.org' } },
      ],
      ['another member', { code: 'EVIDENCE_MISMATCH', field: 'manifest.iss' }, { author: { member: 'b' } }],
      [
        'another channel',
        { code: 'EVIDENCE_MISMATCH', field: 'manifest.channel' },
        { content: { channel: 'tvec' } },
      ],
      [
        'another attribution',
        { code: 'EVIDENCE_MISMATCH', field: 'manifest.attribution' },
        { content: { attribution: 'named' } },
      ],
      [
        'another count',
        { code: 'EVIDENCE_MISMATCH', field: 'manifest.count' },
        { content: { count: 3, held: 1 } },
      ],
      [
        'another root',
        { code: 'EVIDENCE_MISMATCH', field: 'manifest.root' },
        { content: { root: '00'.repeat(32) } },
      ],
      [
        'another head',
        { code: 'EVIDENCE_MISMATCH', field: 'manifest.head' },
        { manifest: { head: { size: 1, root: '00'.repeat(32) } } },
      ],
      [
        'another root of the head',
        { code: 'EVIDENCE_MISMATCH', field: 'manifest.head' },
        {
          manifest: { head: { size: 1, root: '00'.repeat(32) } },
          leaf: (leaf) => ({ ...leaf, head: { size: 1, root: '01'.repeat(32) } }) as typeof leaf,
        },
      ],
      [
        'a wrong number of lines',
        { code: 'COUNT_MISMATCH', field: 'manifest.count' },
        { manifest: { count: 3 }, content: { count: 3, held: 1 } },
      ],
      [
        'lines that were not signed',
        { code: 'ROOT_MISMATCH', field: 'manifest.root' },
        { manifest: { root: '00'.repeat(32) } },
      ],
    ])('refuses %s', async (_, refusal, tampering) => {
      expect(await checkingTampered(tampering)).toEqual(refusal);
    });

    it('refuses other lines', async () => {
      expect(await checking({ lines: utf8(LINES.replace('a1', 'a2')) })).toEqual({
        code: 'ROOT_MISMATCH',
        field: 'manifest.root',
      });
      expect(await checking({ lines: utf8(`${LINES}\n`) })).toMatchObject({ code: 'BAD_FRAMING', line: 2 });
    });
  });

  describe('when a line has no bytes', () => {
    const [first, second] = splitLines(BYTES.lines);
    const left = {
      ...BYTES,
      lines: Uint8Array.of(...first!, 0x0a),
      erased: [{ line: 1, hash: leafHash(second!) }],
    };

    it('takes it if an erase statement names it, and only then', async () => {
      const { entries } = await checkSubmission(left, ORIGIN, verifyManifest, new Set([1]));
      expect(entries.map((entry) => entry === null)).toEqual([false, true]);
      for (const named of [undefined, new Set([0])]) {
        const refused = await asyncRefusalOf(() => checkSubmission(left, ORIGIN, verifyManifest, named));
        expect(refused).toEqual({ code: 'EVIDENCE_MISMATCH', field: 'erased', line: 1 });
      }
    });
  });
});

describe('checkEvidence', () => {
  const seeing = (change: Partial<EvidenceBytes>) =>
    checkEvidence({ ...BYTES, ...change }, ORIGIN, verifyManifest);
  const refusing = (change: Partial<EvidenceBytes>) => asyncRefusalOf(() => seeing(change));

  it('gives as much as is shown', async () => {
    const hidden = { author: null, manifest: null, jwk: null, lines: null };
    const blinded = await seeing(hidden);
    expect(blinded).toMatchObject({ author: null, manifest: null, entries: null });
    expect(blinded.content!.count).toBe(2);
    const named = await seeing({ lines: null });
    expect(named.manifest).toEqual(MANIFEST);
    expect(named.entries).toBeNull();
    const own = await seeing({ content: null });
    expect(own.content).toBeNull();
    expect(own.entries).toHaveLength(2);
  });

  it('holds each part to the leaf, whatever else is shown', async () => {
    expect(await refusing({ content: null, author: BYTES.content })).toEqual({
      code: 'DIGEST_MISMATCH',
      field: 'author',
    });
    const hidden = { author: null, manifest: null, jwk: null, lines: null };
    expect(await refusing({ ...hidden, content: BYTES.author })).toEqual({
      code: 'DIGEST_MISMATCH',
      field: 'content',
    });
    expect(await refusing({ content: null, lines: BYTES.lines.subarray(1) })).not.toBeNull();
  });

  it.each([{ manifest: null }, { jwk: null }])('refuses an author body without %p', async (change) => {
    expect(await refusing(change)).toEqual({ code: 'EVIDENCE_MISMATCH', field: 'manifest' });
  });
});
