import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from './keys.arbitrary.js';
import {
  formatNote,
  formatSignatureLines,
  parseNote,
  parseSignatureLines,
  withSignatures,
  type NoteSignature,
} from './signed-note.js';

const LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const signature: fc.Arbitrary<NoteSignature> = fc.record({
  name: fc.stringMatching(/^[a-z0-9./é—-]+$/),
  keyId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  signature: fc.uint8Array({ minLength: 1, maxLength: 80 }),
});
const text = fc
  .array(fc.stringMatching(/^[ -~é—]*$/), { minLength: 1, maxLength: 5 })
  .map((lines) => `${lines.join('\n')}\n`);
const note = fc.record({ text, signatures: fc.array(signature, { minLength: 1, maxLength: 6 }) });

describe('formatNote', () => {
  describe('when parsed, from text or bytes', () => {
    it('gives the same note', () => {
      fc.assert(
        fc.property(note, (given) => {
          const written = formatNote(given);
          expect(parseNote(written)).toEqual(given);
          expect(parseNote(Buffer.from(written))).toEqual(given);
        }),
      );
    });

    it('keeps empty lines in the text', () => {
      const { text: read } = parseNote(`a\n\n\nb\n\n\n${LINE}`);
      expect(read).toBe('a\n\n\nb\n\n');
      expect(parseNote(`\n\n${LINE}`).text).toBe('\n');
    });
  });

  describe('when given what makes no note', () => {
    const signatures = [{ name: 'a', keyId: 1, signature: new Uint8Array(64) }];

    it.each<[string, () => string]>([
      ['a text without newline at its end', () => formatNote({ text: 'abc', signatures })],
      ['no text', () => formatNote({ text: '', signatures })],
      ['no signature', () => formatNote({ text: 'abc\n', signatures: [] })],
      ['a control character', () => formatNote({ text: 'a\tb\n', signatures })],
      [
        'a name with a plus',
        () => formatNote({ text: 'a\n', signatures: [{ ...signatures[0]!, name: 'a+b' }] }),
      ],
      [
        'an empty signature',
        () => formatNote({ text: 'a\n', signatures: [{ ...signatures[0]!, signature: new Uint8Array() }] }),
      ],
    ])('refuses %s', (_, act) => {
      expect(codeOf(act)).toBe('malformed');
    });
  });
});

describe('parseNote', () => {
  describe('when the syntax is wrong', () => {
    const bad = [
      '',
      'text\n',
      'text\n\n',
      `text\n${LINE}`,
      `\n${LINE}`,
      `text\n\n${LINE.slice(0, -1)}`,
      `text\n\n${LINE}\n`,
      `text\n\n${LINE}unexpected\n`,
      `text\n\n${LINE.replace('— ', '- ')}`,
      `text\n\n${LINE.replace('— ', '—')}`,
      `text\n\n${LINE.replace('— ', '—  ')}`,
      `text\n\n ${LINE}`,
      `text\n\n${LINE.replace('PeterNeumann', 'Peter Neumann')}`,
      `text\n\n${LINE.replace('PeterNeumann', 'Peter+Neumann')}`,
      `text\n\n${LINE.replace('PeterNeumann', 'Peter\u00a0Neumann')}`,
      `text\n\n${LINE.replace('PeterNeumann', '')}`,
      `text\n\n${LINE.replace('Neumann ', 'Neumann  ')}`,
      `text\n\n${LINE.replace('=\n', '= \n')}`,
      `text\n\n${LINE.replace('=\n', '\n')}`,
      `text\n\n${LINE.replace('nAM=', 'nAN=')}`,
      `text\n\n${LINE.replace('x08g', 'x08_')}`,
      'text\n\n— PeterNeumann \n',
      'text\n\n— PeterNeumann\n',
      'text\n\n— PeterNeumann x08gow==\n',
      'text\n\n— PeterNeumann x08g\n',
      `te\rxt\n\n${LINE}`,
      `te\u0001xt\n\n${LINE}`,
      `te\ud800xt\n\n${LINE}`,
    ];

    it.each(bad)('refuses %j', (given) => {
      expect(codeOf(() => parseNote(given))).toBe('malformed');
    });

    it('refuses bytes that are not UTF-8', () => {
      expect(codeOf(() => parseNote(Buffer.from(`\u00fftext\n\n${LINE}`, 'latin1')))).toBe('malformed');
    });
  });

  describe('when it is long', () => {
    it('takes 64 signature lines and no more', () => {
      expect(parseNote(`text\n\n${LINE.repeat(64)}`).signatures).toHaveLength(64);
      expect(codeOf(() => parseNote(`text\n\n${LINE.repeat(65)}`))).toBe('too_large');
      expect(codeOf(() => formatSignatureLines(parseSignatureLines(LINE.repeat(65))))).toBe('too_large');
      const signatures = Array.from({ length: 65 }, () => parseSignatureLines(LINE)[0]!);
      expect(codeOf(() => formatNote({ text: 'text\n', signatures }))).toBe('too_large');
    });

    it('takes 64 KiB and no more', () => {
      const rest = `\n\n${LINE}`;
      const room = 65_536 - Buffer.byteLength(rest);
      expect(parseNote('x'.repeat(room) + rest).text).toHaveLength(room + 1);
      expect(codeOf(() => parseNote('x'.repeat(room + 1) + rest))).toBe('too_large');
      const signatures = parseSignatureLines(LINE);
      expect(codeOf(() => formatNote({ text: `${'x'.repeat(room + 1)}\n`, signatures }))).toBe('too_large');
    });
  });
});

describe('parseSignatureLines', () => {
  describe('when given what formatSignatureLines writes', () => {
    it('gives the same signatures', () => {
      fc.assert(
        fc.property(fc.array(signature, { minLength: 1, maxLength: 6 }), (signatures) => {
          const lines = formatSignatureLines(signatures);
          expect(parseSignatureLines(lines)).toEqual(signatures);
          expect(parseSignatureLines(Buffer.from(lines))).toEqual(signatures);
        }),
      );
    });
  });

  describe('when a line is over 64 KiB', () => {
    it('refuses it', () => {
      expect(codeOf(() => parseSignatureLines(`— witness ${'AAAA'.repeat(16_384)}\n`))).toBe('too_large');
    });
  });

  describe('when there is no line, or an empty one', () => {
    it.each(['', '\n', LINE.slice(0, -1), `\n${LINE}`, `${LINE}\n${LINE}`])('refuses %j', (lines) => {
      expect(codeOf(() => parseSignatureLines(lines))).toBe('malformed');
    });
  });
});

describe('withSignatures', () => {
  const of = (name: string, keyId: number, fill: number): NoteSignature => ({
    name,
    keyId,
    signature: new Uint8Array(64).fill(fill),
  });

  describe('when one is by the same key as an older one', () => {
    it('takes its place, and the others stay', () => {
      const old = { text: 'a\n', signatures: [of('log', 1, 1), of('w', 2, 1), of('w', 3, 1)] };
      const fresh = [of('w', 2, 2), of('v', 1, 2)];
      expect(withSignatures(old, fresh)).toEqual({
        text: 'a\n',
        signatures: [of('log', 1, 1), of('w', 3, 1), of('w', 2, 2), of('v', 1, 2)],
      });
    });
  });
});
