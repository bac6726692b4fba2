import { describe, expect, it } from '@jest/globals';
import { formatTlogProof, parseTlogProof } from '#libs/tlog';
import { asyncRefusalOf, mutated, utf8, type Refusal } from '../refusal.arbitrary.js';
import { encodeStatement } from '../statement/statement-codec.js';
import type { StatementBody } from '../statement/statement.js';
import { linesRoot } from '../submission/lines.js';
import { encodeEntryProof, type EntryProof, type ProvedAuthor } from './entry-proof.js';
import { exampleProofs, ORIGIN, type ExampleProofs } from './example-proof.arbitrary.js';
import type { ProofTrust } from './open-leaf.js';
import { verifyEntryProof } from './verify-entry-proof.js';

/** Every how many-th byte of a file is changed; 1 for all, which takes minutes. */
const STRIDE = Number(process.env['PROOF_STRIDE'] ?? 11);

const EXAMPLE = await exampleProofs();
const { whole, blinded, own, trust } = EXAMPLE;

const verify = (proof: EntryProof, change: Partial<ProofTrust> = {}) =>
  verifyEntryProof(encodeEntryProof(proof), { ...trust, ...change });
const refusal = (proof: EntryProof, change: Partial<ProofTrust> = {}): Promise<Refusal | null> =>
  asyncRefusalOf(() => verify(proof, change));
const withAuthor = (change: Partial<ProvedAuthor>): EntryProof => ({
  ...whole,
  author: { ...whole.author!, ...change },
});
const of = (code: string, field: string) => ({ code, field });

describe('verifyEntryProof', () => {
  describe('when everything hangs together', () => {
    it('says of a whole proof who signed and how the key stands', async () => {
      const verified = await verify(whole);
      expect(verified).toMatchObject({ origin: ORIGIN, index: 5, line: 1, size: 7, time: 1_795_400_001_000 });
      expect(verified.entry).toMatchObject({ op: 'assert', quality: 80 });
      expect(verified.content).toMatchObject({ channel: 'csam', count: 2 });
      expect(verified.decision).toEqual({ verdict: 'accepted', code: null, prev: null });
      expect(verified.author).toMatchObject({ member: 'hotline-a', keyIndex: 3, channel: 'csam' });
      expect(verified.author!.standing).toMatchObject({ size: 7, revoked: null });
    });

    it('says of a blinded proof the decision, and of nobody that it signed', async () => {
      expect(await verify(blinded)).toMatchObject({ author: null, decision: { verdict: 'accepted' } });
    });

    it('says of an own proof who signed, and nothing of the decision', async () => {
      const verified = await verify(own);
      expect(verified).toMatchObject({ content: null, decision: null, author: { member: 'hotline-a' } });
    });

    it('holds for each line, and for a key that was revoked later', async () => {
      const other = await exampleProofs({ standing: { revoked: 6, voidFrom: 4 } }, 0);
      expect(await verifyEntryProof(encodeEntryProof(other.whole), other.trust)).toMatchObject({
        line: 0,
        author: { standing: { revoked: 6, voidFrom: 4 } },
      });
    });
  });

  describe('when an entry holds white space that no line can hold', () => {
    it.each(['\r', '\n'])('refuses %j', async (space) => {
      const entry = whole.entry.replace('{', `{${space}`);
      expect(await refusal({ ...whole, entry })).toEqual(of('BAD_FIELD', 'entry'));
    });
  });

  describe('when any one byte of the file is changed', () => {
    it.each([
      ['whole', whole],
      ['blinded', blinded],
      ['own', own],
    ])(
      'refuses the %s proof',
      async (_name, proof) => {
        const bytes = encodeEntryProof(proof);
        const taken: number[] = [];
        for (let at = 0; at < bytes.length; at += STRIDE) {
          const file = mutated(bytes, [at, 1]);
          if ((await asyncRefusalOf(() => verifyEntryProof(file, trust))) === null) taken.push(at);
        }
        expect(taken).toEqual([]);
      },
      600_000,
    );
  });

  describe('when parts do not belong together', () => {
    it.each<[string, EntryProof, object]>([
      [
        'the line of another entry',
        { ...blinded, entry: blinded.entry.replace('80', '81') },
        of('ROOT_MISMATCH', 'path'),
      ],
      ['another line number', { ...blinded, line: 0 }, of('ROOT_MISMATCH', 'path')],
      ['a line number beyond the submission', { ...blinded, line: 2 }, of('ROOT_MISMATCH', 'path')],
      ['another index', { ...blinded, index: 4 }, of('EVIDENCE_MISMATCH', 'index')],
      ['another hub', { ...blinded, origin: 'other.example.org' }, of('WRONG_AUDIENCE', 'origin')],
      [
        'another channel',
        { ...blinded, content: blinded.content!.replace('"csam"', '"tvec"') },
        of('DIGEST_MISMATCH', 'content'),
      ],
      ['a longer path', { ...blinded, path: [...blinded.path, '0'.repeat(64)] }, of('ROOT_MISMATCH', 'path')],
      [
        'the decision about another line',
        { ...blinded, decision: { ...blinded.decision!, path: [] } },
        of('ROOT_MISMATCH', 'decision.path'),
      ],
      [
        'the leaf of a key',
        { ...blinded, submission: whole.author!.key },
        of('EVIDENCE_MISMATCH', 'submission.leaf'),
      ],
      [
        'another author',
        withAuthor({ body: whole.author!.body.replace('hotline-a', 'hotline-b') }),
        of('DIGEST_MISMATCH', 'author.body'),
      ],
      [
        'another manifest',
        withAuthor({ manifest: whole.author!.standing }),
        of('DIGEST_MISMATCH', 'author.manifest'),
      ],
      [
        'the hub’s statement as key',
        withAuthor({ key: whole.author!.hub }),
        of('EVIDENCE_MISMATCH', 'author.key.leaf'),
      ],
      [
        'the key’s statement as the hub’s',
        withAuthor({ hub: whole.author!.key }),
        of('EVIDENCE_MISMATCH', 'author.hub.proof'),
      ],
      [
        'a manifest as standing',
        withAuthor({ standing: whole.author!.manifest }),
        of('BAD_SIGNATURE', 'author.standing'),
      ],
    ])('refuses %s', async (_name, proof, expected) => {
      expect(await refusal(proof)).toEqual(expected);
    });

    it('refuses parts under another checkpoint, though it is accepted, too', async () => {
      const other = await exampleProofs({ content: { salt: 'ab'.repeat(16) } });
      for (const part of ['key', 'hub'] as const) {
        const mixed = withAuthor({ [part]: other.whole.author![part] });
        expect(await refusal(mixed)).toEqual(of('EVIDENCE_MISMATCH', `author.${part}.proof`));
      }
    });
  });

  describe('when the proof of a leaf is not what it must be', () => {
    const proofText = (change: Partial<ReturnType<typeof parseTlogProof>>): EntryProof => {
      const { leaf, proof } = blinded.submission;
      return {
        ...blinded,
        submission: { leaf, proof: formatTlogProof({ ...parseTlogProof(proof), ...change }) },
      };
    };
    const { checkpoint, proof: hashes } = parseTlogProof(blinded.submission.proof);
    const raw = (proof: string): EntryProof => ({
      ...blinded,
      submission: { leaf: blinded.submission.leaf, proof },
    });
    const text = blinded.submission.proof;

    it.each<[string, EntryProof]>([
      ['an index at the end of the tree', proofText({ index: 7 })],
      ['a bigger tree than the checkpoint', proofText({ checkpoint: checkpoint.replace('\n7\n', '\n8\n') })],
      ['a hash too many', proofText({ proof: [...hashes, new Uint8Array(32)] })],
      ['63 hashes', proofText({ proof: Array.from({ length: 63 }, () => new Uint8Array(32)) })],
      ['64 hashes', raw(text.replace('\n\n', `\n${`${'A'.repeat(43)}=\n`.repeat(61)}\n`))],
      ['an extra line, which nobody vouches for', proofText({ extra: Uint8Array.of(1) })],
      ['an index beyond 2^53', raw(text.replace('index 5', 'index 9007199254740993'))],
      ['a size beyond 2^53', raw(text.replace('\n7\n', '\n9007199254740993\n'))],
      ['base64 that is not canonical', raw(text.replace(/=\n/, 'B\n'))],
      ['a bad signature of the log’s key beside a good one', raw(`${text}${badLine(checkpoint)}`)],
      ['65 signature lines', raw(`${text}${'— other AAAAAAA=\n'.repeat(64)}`)],
      ['a note over 64 KiB', raw(`${text}— other ${'A'.repeat(65_536)}\n`)],
      ['a proof over its limit', raw(text + 'A'.repeat(163_840))],
    ])('refuses %s', async (_name, proof) => {
      const found = await refusal(proof);
      expect(found?.field).toBe('submission.proof');
      expect(['NOT_IN_LOG', 'TOO_LARGE']).toContain(found?.code);
    });

    it('takes 63 lines of keys that nobody pinned beside the log’s', async () => {
      const others = raw(`${text}${'— other AAAAAAA=\n'.repeat(63)}`);
      expect(await refusal(others)).toBeNull();
    });
  });

  describe('when a part that was signed says something else', () => {
    type Tampering = Parameters<typeof exampleProofs>[0];
    const standing = (change: object): Tampering => ({ standing: change });
    it.each<[string, Tampering, object]>([
      ['manifest.aud', { manifest: { aud: 'other.example.org' } }, of('WRONG_AUDIENCE', 'manifest.aud')],
      ['manifest.iss', { manifest: { iss: 'hotline-b' } }, of('EVIDENCE_MISMATCH', 'manifest.iss')],
      [
        'manifest.head',
        { manifest: { head: { size: 1, root: '0'.repeat(64) } } },
        of('EVIDENCE_MISMATCH', 'manifest.head'),
      ],
      ['manifest.channel', { content: { channel: 'tvec' } }, of('EVIDENCE_MISMATCH', 'manifest.channel')],
      ['manifest.root', { content: { root: '0'.repeat(64) } }, of('EVIDENCE_MISMATCH', 'manifest.root')],
      [
        'the member of the key',
        { author: { member: 'hotline-b' } },
        of('EVIDENCE_MISMATCH', 'author.key.leaf'),
      ],
      [
        'the hub of the standing',
        standing({ iss: 'other.example.org' }),
        of('EVIDENCE_MISMATCH', 'standing.iss'),
      ],
      ['the member of the standing', standing({ member: 'x' }), of('EVIDENCE_MISMATCH', 'standing.key')],
      ['the beginning of the key', standing({ since: 2 }), of('EVIDENCE_MISMATCH', 'standing.key')],
      ['a standing before the submission', standing({ size: 5 }), of('EVIDENCE_MISMATCH', 'standing.size')],
      ['a standing beyond the checkpoint', standing({ size: 8 }), of('EVIDENCE_MISMATCH', 'standing.size')],
      ['half a revocation', standing({ revoked: 6 }), of('EVIDENCE_MISMATCH', 'standing.voidFrom')],
      [
        'a revocation before the key',
        standing({ revoked: 2, voidFrom: 1 }),
        of('EVIDENCE_MISMATCH', 'standing.revoked'),
      ],
      [
        'a revocation to come',
        standing({ revoked: 7, voidFrom: 1 }),
        of('EVIDENCE_MISMATCH', 'standing.revoked'),
      ],
      [
        'a revocation of what comes after it',
        standing({ revoked: 6, voidFrom: 7 }),
        of('EVIDENCE_MISMATCH', 'standing.revoked'),
      ],
      ['the kind of token', { typ: 'cairn-directory+jws' }, of('BAD_SIGNATURE', 'author.standing')],
      ['what a standing has no member for', standing({ more: 1 }), of('UNKNOWN_FIELD', 'standing.more')],
    ])('refuses %s', async (_name, tampering, expected) => {
      const other: ExampleProofs = await exampleProofs(tampering);
      const file = encodeEntryProof(other.whole);
      expect(await asyncRefusalOf(() => verifyEntryProof(file, other.trust))).toEqual(expected);
    });

    it('refuses a manifest that the key did not sign', async () => {
      const verifyToken: ProofTrust['verifyToken'] = () => null;
      expect(await refusal(whole, { verifyToken })).toEqual(of('BAD_SIGNATURE', 'author.manifest'));
    });

    it('does not hide faults of the policy', async () => {
      await expect(verify(blinded, { policy: undefined as never })).rejects.toThrow(TypeError);
    });
  });

  describe('when the decision is not about the line', () => {
    /** A submission of one line, so that both paths are empty. */
    async function single(text: string, counts: object = { accepted: 1 }) {
      const { entry } = (await exampleProofs({}, 0)).blinded;
      const content = { decisions: rootOf(text), root: rootOf(entry), count: 1, ...counts };
      const example = await exampleProofs({ content }, 0);
      const file = encodeEntryProof({ ...example.blinded, path: [], decision: { line: text, path: [] } });
      return verifyEntryProof(file, example.trust);
    }

    it.each([
      [
        'another line',
        '{"line":1,"verdict":"accepted","code":null,"prev":null}',
        of('EVIDENCE_MISMATCH', 'decision.line'),
      ],
      [
        'a later statement',
        '{"line":0,"verdict":"accepted","code":null,"prev":5}',
        of('EVIDENCE_MISMATCH', 'decision.prev'),
      ],
      [
        'a code without a reason',
        '{"line":0,"verdict":"held","code":null,"prev":null}',
        of('BAD_FIELD', 'decision.code'),
      ],
      [
        'another spelling',
        '{"line":0, "verdict":"accepted","code":null,"prev":4}',
        of('BAD_FRAMING', 'decision'),
      ],
    ])('refuses %s', async (_name, text, expected) => {
      expect(await asyncRefusalOf(() => single(text))).toEqual(expected);
    });

    it('takes a held one with its code and an earlier statement', async () => {
      const text = '{"line":0,"verdict":"held","code":"unknown_label","prev":4}';
      expect((await single(text, { accepted: 0, held: 1 })).decision).toEqual({
        verdict: 'held',
        code: 'unknown_label',
        prev: 4,
      });
    });
  });

  it('refuses a hub statement that is not in the log', async () => {
    const leaf = (body: StatementBody): string =>
      new TextDecoder().decode(encodeStatement({ ...body, time: 1 }));
    const other = leaf({ kind: 'hub', origin: 'other.example.org', keys: [] });
    expect(await refusal(withAuthor({ hub: { ...whole.author!.hub, leaf: other } }))).toEqual(
      of('NOT_IN_LOG', 'author.hub.proof'),
    );
  });
});

/** A line by the log's own key that does not verify. */
function badLine(note: string): string {
  const line = note.slice(note.indexOf('\u2014'));
  const [name, signature] = line.trimEnd().split(' ').slice(1) as [string, string];
  const bytes = Buffer.from(signature, 'base64');
  bytes[20]! ^= 1;
  return `\u2014 ${name} ${bytes.toString('base64')}\n`;
}

/** Root over one line, in hex. */
function rootOf(line: string): string {
  return linesRoot([utf8(line)]);
}
