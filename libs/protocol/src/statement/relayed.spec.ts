import { describe, expect, it } from '@jest/globals';
import { leafHash, NOTE_SIGNATURE, verifierKey, type TlogPolicy } from '#libs/tlog';
import { asyncRefusalOf, mutated, type Refusal } from '../refusal.arbitrary.js';
import { splitLines } from '../submission/lines.js';
import type { SubmissionBytes } from './check-submission.js';
import { exampleLog } from './example-log.arbitrary.js';
import { checkRelayedSubmission, type RelayedReference, type RelayTrust } from './relayed.js';

/** The second hub. */
const SOUTH = await exampleLog('south.example.org');
const NORTH = await exampleLog('north.example.org');

const relaying = (change: {
  reference?: Partial<RelayedReference>;
  bytes?: Partial<SubmissionBytes>;
  trust?: Partial<RelayTrust>;
}): Promise<Refusal | null> =>
  asyncRefusalOf(() =>
    checkRelayedSubmission(
      { ...SOUTH.reference, ...change.reference },
      { ...SOUTH.bytes, ...change.bytes },
      { ...SOUTH.trust, ...change.trust },
    ),
  );
const withEnd = (line: Uint8Array): Uint8Array => Uint8Array.of(...line, 0x0a);
const NOT_IN_LOG = { code: 'NOT_IN_LOG', field: 'relayed.proof' };

describe('checkRelayedSubmission', () => {
  describe('when everything hangs together', () => {
    it('gives the entries and what was signed', async () => {
      const { entries, manifest, author, content, statement } = await checkRelayedSubmission(
        SOUTH.reference,
        SOUTH.bytes,
        SOUTH.trust,
      );
      expect(entries.map((entry) => [entry!.op, entry!.type.name])).toEqual([
        ['assert', 'sha256'],
        ['assert', 'pdq'],
      ]);
      expect(manifest).toEqual(SOUTH.manifest);
      expect(author.member).toBe('hotline-a');
      expect(content.channel).toBe('csam');
      expect(statement.kind).toBe('submission');
    });
  });

  describe('when a line is left out as erased', () => {
    it('is refused: no statement of the other log is shown that names it', async () => {
      const [first, second] = splitLines(SOUTH.bytes.lines);
      const bytes = { lines: withEnd(first!), erased: [{ line: 1, hash: leafHash(second!) }] };
      expect(await relaying({ bytes })).toEqual({ code: 'EVIDENCE_MISMATCH', field: 'erased', line: 1 });
    });
  });

  describe('when any part is changed', () => {
    it('is refused, whichever byte it is', async () => {
      for (const part of ['leaf', 'content', 'author', 'lines'] as const) {
        for (let at = 0; at < SOUTH.bytes[part].length; at += 61) {
          expect(await relaying({ bytes: { [part]: mutated(SOUTH.bytes[part], [at, 1]) } })).not.toBeNull();
        }
      }
      const { manifest } = SOUTH.bytes;
      for (let at = 0; at < manifest.length; at += 61) {
        const other = manifest.slice(0, at) + (manifest[at] === 'A' ? 'B' : 'A') + manifest.slice(at + 1);
        expect(await relaying({ bytes: { manifest: other } })).toEqual({
          code: 'DIGEST_MISMATCH',
          field: 'author.manifest',
        });
      }
    });

    it('says which', async () => {
      expect(await relaying({ bytes: { leaf: mutated(SOUTH.bytes.leaf, [70, 1]) } })).toEqual(NOT_IN_LOG);
      expect(await relaying({ bytes: { content: NORTH.bytes.author } })).toEqual({
        code: 'DIGEST_MISMATCH',
        field: 'content',
      });
      expect(await relaying({ bytes: { lines: SOUTH.bytes.lines.slice(0, -1) } })).toMatchObject({
        code: 'BAD_FRAMING',
        line: 1,
      });
    });
  });

  describe('when the reference is another', () => {
    it('refuses another hub, another index and another proof', async () => {
      expect(await relaying({ reference: { origin: 'north.example.org' } })).toEqual({
        code: 'BAD_FIELD',
        field: 'relayed.origin',
      });
      expect(await relaying({ reference: { index: SOUTH.index - 1 } })).toEqual({
        code: 'BAD_FIELD',
        field: 'relayed.index',
      });
      expect(await relaying({ reference: { proof: NORTH.reference.proof } })).toEqual(NOT_IN_LOG);
      expect(await relaying({ reference: { proof: '' } })).toEqual(NOT_IN_LOG);
      const shifted = SOUTH.reference.proof.replace(`index ${SOUTH.index}`, `index ${SOUTH.index - 1}`);
      expect(await relaying({ reference: { proof: shifted, index: SOUTH.index - 1 } })).toEqual(NOT_IN_LOG);
    });
  });

  describe('when trust is another', () => {
    it('refuses a log that is not pinned, or pinned with another key', async () => {
      expect(await relaying({ trust: { policy: NORTH.trust.policy } })).toEqual(NOT_IN_LOG);
      const publicKey = Uint8Array.from(Buffer.from(SOUTH.bytes.jwk.x, 'base64url'));
      const key = verifierKey('south.example.org/log', NOTE_SIGNATURE, publicKey);
      const policy: TlogPolicy = { ...SOUTH.trust.policy, logs: [{ key }] };
      expect(await relaying({ trust: { policy } })).toEqual(NOT_IN_LOG);
    });

    it('refuses what a hub logged that was signed for another', async () => {
      const replayed = await exampleLog('south.example.org', { manifest: { aud: 'north.example.org' } });
      expect(
        await asyncRefusalOf(() =>
          checkRelayedSubmission(replayed.reference, replayed.bytes, replayed.trust),
        ),
      ).toEqual({ code: 'WRONG_AUDIENCE', field: 'manifest.aud' });
    });

    it('lets errors through that are no refusals', async () => {
      await expect(relaying({ trust: { policy: null as never } })).rejects.toThrow(TypeError);
    });
  });
});
