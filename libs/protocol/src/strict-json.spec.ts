import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseCompactJson } from './strict-json-compact.js';
import { StrictJsonError } from './strict-json-error.js';
import { parseExactJson } from './strict-json-parser.js';
import { isJsonObject } from './strict-json-value.js';
import { brokenText, document } from './strict-json.arbitrary.js';
import { decodeUtf8, parseStrictJson } from './strict-json.js';

/** The value, or the code of the refusal. */
const outcome = (parse: () => unknown): unknown => {
  try {
    return { value: parse() };
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    return error.code;
  }
};

const refusals: ReadonlyArray<[code: string, text: string]> = [
  ['DUPLICATE_NAME', '{"iss":"a","iss":"b"}'],
  ['DUPLICATE_NAME', '{"a":1,"\\u0061":2}'],
  ['DUPLICATE_NAME', '{"a":[{"b":{"c":1,"d":2,"c":1}}]}'],
  ['DUPLICATE_NAME', '{"__proto__":1,"__proto__":2}'],
  ['DUPLICATE_NAME', '{"a":1000,"a":1000}'],
  ['DUPLICATE_NAME', '{"":0,"":0}'],
  ['UNPAIRED_SURROGATE', '"\ud800"'],
  ['UNPAIRED_SURROGATE', '"\udc00"'],
  ['UNPAIRED_SURROGATE', '"\\ud800"'],
  ['UNPAIRED_SURROGATE', '"\\udc00\\ud800"'],
  ['UNPAIRED_SURROGATE', '"\\ud83d\ude00"'],
  ['UNPAIRED_SURROGATE', '{"\\udfff":1}'],
  ['NUMBER_FORM', '1.0'],
  ['NUMBER_FORM', '1.5'],
  ['NUMBER_FORM', '1e2'],
  ['NUMBER_FORM', '[1E0]'],
  ['NUMBER_FORM', '1e-400'],
  ['NUMBER_FORM', '1e400'],
  ['NUMBER_FORM', '-0'],
  ['NUMBER_FORM', '-0.0'],
  ['NUMBER_FORM', '[1e3 ]'],
  ['NUMBER_FORM', '{"a":1e3,"b":1e9,"c":0}'],
  ['NUMBER_RANGE', '9007199254740992'],
  ['NUMBER_RANGE', '-9007199254740992'],
  ['NUMBER_RANGE', '9007199254740993'],
  ['NUMBER_RANGE', '1'.repeat(400)],
  ['TRAILING_DATA', '{} {}'],
  ['TRAILING_DATA', '{},'],
  ['TRAILING_DATA', 'nullx'],
  ['TRAILING_DATA', '01'],
  ['TRAILING_DATA', '1\0'],
  ['SYNTAX', ''],
  ['SYNTAX', ' '],
  ['SYNTAX', '\ufeff{}'],
  ['SYNTAX', '\u00a0{}'],
  ['SYNTAX', '\v{}'],
  ['SYNTAX', '{"a":1,}'],
  ['SYNTAX', '{"a" 1}'],
  ['SYNTAX', '{"a":1 "b":2}'],
  ['SYNTAX', '{a:1}'],
  ['SYNTAX', "{'a':1}"],
  ['SYNTAX', '{"a":}'],
  ['SYNTAX', '{'],
  ['SYNTAX', '[1,]'],
  ['SYNTAX', '[1 2]'],
  ['SYNTAX', '[,]'],
  ['SYNTAX', '[1}'],
  ['SYNTAX', '+1'],
  ['SYNTAX', '.5'],
  ['SYNTAX', '-'],
  ['SYNTAX', 'NaN'],
  ['SYNTAX', 'Infinity'],
  ['SYNTAX', '0x10'.slice(1)],
  ['SYNTAX', 'tru'],
  ['SYNTAX', 'fals'],
  ['SYNTAX', 'nul'],
  ['SYNTAX', 'True'],
  ['SYNTAX', '"a'],
  ['SYNTAX', '"a\nb"'],
  ['SYNTAX', '"a\\x41"'],
  ['SYNTAX', '"\\u12"'],
  ['SYNTAX', '"\\u12g4"'],
  ['SYNTAX', '"\\'],
  ['SYNTAX', '"\\n\t"'],
  ['SYNTAX', '// c\n1'],
  ['TOO_DEEP', '['.repeat(17) + ']'.repeat(17)],
  ['TOO_DEEP', '{"a":'.repeat(17) + '1' + '}'.repeat(17)],
];

describe('parseStrictJson', () => {
  describe('when the text breaks a rule', () => {
    it.each(refusals)('refuses with %s: %j', (code, text) => {
      expect(outcome(() => parseStrictJson(text))).toBe(code);
    });

    it('names position and rule and nothing of the text', () => {
      const secret = 'f'.repeat(64);
      for (const text of [`{"a":"${secret}",}`, `{"${secret}":1,"${secret}":2}`, `["${secret}", 1.5]`]) {
        expect(() => parseStrictJson(text)).toThrow(/^strict JSON at position \d+: [a-z]/);
        expect(() => parseStrictJson(text)).not.toThrow(/ff/);
      }
    });

    it('points at the second of two equal names', () => {
      expect(() => parseStrictJson('{"a":1, "a":2}')).toThrow(expect.objectContaining({ position: 8 }));
    });
  });

  describe('when the text keeps every rule', () => {
    it.each([
      'null',
      'true',
      'false',
      '0',
      '-1',
      '100',
      '9007199254740991',
      '-9007199254740991',
      '""',
      '[]',
      '{}',
      '[[],{}]',
      ' [ 1 , { "a" : [ ] , "b" : -12 } ]\r\n\t',
      '{"a":"\\u0041\\"\\\\\\/\\b\\f\\n\\r\\t\\uD83D\\uDE00"}',
      '"\u2028 \ud83d\ude00 \u007f"',
      '{"1":1,"0":0}',
    ])('gives what JSON.parse gives: %j', (text) => {
      expect(parseStrictJson(text)).toStrictEqual(JSON.parse(text));
    });

    it('takes as many levels as the limit', () => {
      expect(parseStrictJson('['.repeat(16) + ']'.repeat(16))).toHaveLength(1);
      expect(parseStrictJson('1', { maxDepth: 0 })).toBe(1);
      expect(outcome(() => parseStrictJson('[]', { maxDepth: 0 }))).toBe('TOO_DEEP');
    });
  });

  describe('when a member is named __proto__', () => {
    it.each(['{"__proto__":{"admin":true}}', '{ "__proto__": {"admin":true} }'])(
      'keeps it as an own member: %s',
      (text) => {
        const parsed = parseStrictJson(text);
        expect(Object.hasOwn(parsed as object, '__proto__')).toBe(true);
        expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
        expect((parsed as { admin?: boolean }).admin).toBeUndefined();
      },
    );
  });

  describe('when the text is a bomb', () => {
    it('refuses one that is too long before it parses', () => {
      expect(outcome(() => parseStrictJson('[1,2]', { maxLength: 4 }))).toBe('TOO_LONG');
      expect(outcome(() => parseStrictJson('[1,2]', { maxLength: 5 }))).toEqual({ value: [1, 2] });
      expect(outcome(() => parseStrictJson(' '.repeat(4 * 1024 * 1024) + '1'))).toBe('TOO_LONG');
    });

    it.each([
      ['closed', '['.repeat(1e5) + ']'.repeat(1e5)],
      ['open', '['.repeat(1e5)],
      ['objects', '{"a":'.repeat(1e5) + '1' + '}'.repeat(1e5)],
    ])('refuses 100,000 levels (%s) without exhausting the stack', (_, text) => {
      expect(outcome(() => parseStrictJson(text))).toBe('TOO_DEEP');
    });
  });
});

describe('parseStrictJson on arbitrary texts', () => {
  it('accepts a grammatical text exactly when every name, string and number in it is strict', () => {
    let accepted = 0;
    fc.assert(
      fc.property(document, ({ text, strict }) => {
        if (strict) accepted++;
        const expected = strict
          ? { value: JSON.parse(text) as unknown }
          : expect.stringMatching(/^(DUP|UNP|NUM)/);
        expect(outcome(() => parseStrictJson(text))).toStrictEqual(expected);
      }),
      { numRuns: 5000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it('accepts nothing that breaks the grammar and gives the values of JSON.parse', () => {
    fc.assert(
      fc.property(brokenText, (text) => {
        const strict = outcome(() => parseStrictJson(text));
        const loose = outcomeOfJsonParse(text);
        if (typeof strict === 'object') expect(strict).toStrictEqual(loose);
        if (strict === 'SYNTAX' || strict === 'TRAILING_DATA') expect(loose).toBe('SYNTAX');
      }),
      { numRuns: 5000 },
    );
  });
});

const outcomeOfJsonParse = (text: string): unknown => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return 'SYNTAX';
  }
};

describe('parseCompactJson', () => {
  it('never accepts what the exact parser refuses, nor gives another value', () => {
    let verdicts = 0;
    const anyText = fc.oneof(
      document.map(({ text }) => text),
      fc.json(),
      brokenText,
    );
    fc.assert(
      fc.property(anyText, fc.nat(4), (text, maxDepth) => {
        const fast = parseCompactJson(text, maxDepth);
        if (fast === undefined) return;
        verdicts++;
        expect(outcome(() => parseExactJson(text, maxDepth))).toStrictEqual({ value: fast });
      }),
      { numRuns: 10_000 },
    );
    expect(verdicts).toBeGreaterThan(1000);
  });

  it('reaches a verdict on texts as JSON.stringify writes them', () => {
    const record = fc.record(
      { a: fc.nat(99), b: fc.boolean(), c: fc.uuid(), d: fc.constant(null), e: fc.array(fc.nat(99)) },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(record), (value) => {
        expect(parseCompactJson(JSON.stringify(value), 16)).toStrictEqual(value);
      }),
    );
  });

  it.each(refusals)('leaves to the exact parser what breaks the rule %s: %j', (_, text) => {
    expect(parseCompactJson(text, 16)).toBeUndefined();
  });
});

describe('decodeUtf8', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        (text) => decodeUtf8(new TextEncoder().encode(text)) === text,
      ),
    );
  });

  it.each([
    ['NOT_UTF8', [0xff]],
    ['NOT_UTF8', [0xc0, 0x80]],
    ['NOT_UTF8', [0xed, 0xa0, 0x80]],
    ['NOT_UTF8', [0xf4, 0x90, 0x80, 0x80]],
    ['NOT_UTF8', [0x61, 0xe2, 0x82]],
    ['BYTE_ORDER_MARK', [0xef, 0xbb, 0xbf]],
    ['BYTE_ORDER_MARK', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
  ])('refuses with %s: %j', (code, bytes) => {
    expect(outcome(() => decodeUtf8(Uint8Array.from(bytes)))).toBe(code);
    expect(decodeUtf8(Uint8Array.of(0x7b, 0x7d))).toBe('{}');
  });

  it('keeps a zero width no-break space that is not at the start', () => {
    expect(decodeUtf8(Uint8Array.of(0x61, 0xef, 0xbb, 0xbf))).toBe('a\ufeff');
  });

  it('says that the bytes are at fault', () => {
    expect(() => decodeUtf8(Uint8Array.of(0x80))).toThrow('strict JSON: the bytes are not UTF-8');
  });
});

describe('isJsonObject', () => {
  it.each([
    [{}, true],
    [[], false],
    [null, false],
    ['{}', false],
    [undefined, false],
  ])('of %j is %s', (value, expected) => {
    expect(isJsonObject(value)).toBe(expected);
  });
});
