import fc from 'fast-check';

/** A text made of pieces, and whether every piece keeps the rules. */
export interface Written {
  readonly text: string;
  readonly strict: boolean;
}

const isStrictNumber = (text: string): boolean =>
  /^(?:0|-?[1-9][0-9]*)$/.test(text) && BigInt(text) <= 2n ** 53n - 1n && BigInt(text) >= 1n - 2n ** 53n;

const isWellFormed = (text: string): boolean => Buffer.from(text, 'utf16le').equals(recoded(text));
const recoded = (text: string): Buffer => Buffer.from(Buffer.from(text, 'utf8').toString('utf8'), 'utf16le');

const number: fc.Arbitrary<Written> = fc
  .oneof(
    fc.integer().map(String),
    fc.maxSafeInteger().map(String),
    fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.tuple(fc.integer(), fc.constantFrom('e', 'E', 'e+', 'e-'), fc.nat(30)).map((parts) => parts.join('')),
    fc.tuple(fc.integer(), fc.nat(4)).map(([n, zeros]) => `${n}.${'0'.repeat(zeros + 1)}`),
    fc.constantFrom('-0', '9007199254740991', '9007199254740992', '-9007199254740991', '-9007199254740992'),
  )
  .map((text) => ({ text, strict: isStrictNumber(text) }));

const escaped = (text: string): string =>
  Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');

const quoted: fc.Arbitrary<Written> = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      'a',
      'b',
      '',
      '1',
      '__proto__',
      'toString',
      '\ud800',
      '\udc00',
      '\ud83d\ude00',
      '\ude00\ud83d',
    ),
  )
  .chain((value) => fc.constantFrom(JSON.stringify(value), `"${escaped(value)}"`, raw(value)))
  .map((text) => ({ text, strict: isWellFormed(text) && isWellFormed(JSON.parse(text) as string) }));
const raw = (value: string): string =>
  /["\\\u0000-\u001f]/.test(value) ? JSON.stringify(value) : `"${value}"`;

const blank = fc.oneof({ arbitrary: fc.constant(''), weight: 9 }, fc.stringMatching(/^[ \t\r\n]{0,2}$/));
const spaced = (arbitrary: fc.Arbitrary<Written>): fc.Arbitrary<Written> =>
  fc.tuple(blank, arbitrary, blank).map(([a, { text, strict }, b]) => ({ text: a + text + b, strict }));

/** Grammatical texts with numbers of all spellings, duplicate names, escapes and lone surrogates. */
export const document = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom('null', 'true', 'false').map((text) => ({ text, strict: true })),
    number,
    quoted,
    fc.array(spaced(tie('value')), { maxLength: 4 }).map((items) => ({
      text: `[${items.map(({ text }) => text).join(',')}]`,
      strict: items.every(({ strict }) => strict),
    })),
    fc.array(fc.tuple(quoted, spaced(tie('value'))), { maxLength: 4 }).map((members) => ({
      text: `{${members.map(([name, { text }]) => `${name.text}:${text}`).join(',')}}`,
      strict:
        members.every(([name, value]) => name.strict && value.strict) &&
        new Set(members.map(([name]) => JSON.parse(name.text) as string)).size === members.length,
    })),
  ),
})).value;

const piece = fc.constantFrom(
  '',
  '"',
  '\\',
  ',',
  '{',
  '}',
  '[',
  ']',
  ':',
  '0',
  'e1',
  '.0',
  ' ',
  '-',
  'null',
  'u0041',
);
const mutated = fc.tuple(document, fc.nat(), fc.nat(3), piece).map(([{ text }, nat, cut, inserted]) => {
  const at = nat % (text.length + 1);
  return text.slice(0, at) + inserted + text.slice(at + cut);
});
const scattered = fc.array(piece).map((pieces) => pieces.join(''));

/** Texts that are nearly or not at all JSON. */
export const brokenText = fc.oneof(mutated, mutated, scattered, fc.string({ unit: 'binary' }));
