import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ClientError, EntryDraft } from '#libs/client';
import { csvRow } from '../output/csv.js';
import { csvEntries } from './csv-input.js';
import { requireDefaults, type EntryDefaults } from './entry-defaults.js';
import { ndjsonEntries } from './ndjson-input.js';
import { plainEntries } from './plain-input.js';

type Reader = (
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  defaults: EntryDefaults,
) => AsyncIterable<EntryDraft>;

async function read(reader: Reader, text: string, defaults: EntryDefaults = {}): Promise<EntryDraft[]> {
  const drafts: EntryDraft[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  }
  for await (const draft of reader('in', chunks(), defaults)) drafts.push(draft);
  return drafts;
}

const failure = async (work: Promise<unknown>): Promise<ClientError> =>
  work.then(
    () => {
      throw new Error('it went through');
    },
    (error: unknown) => error as ClientError,
  );

const [md5, sha1, sha256] = [32, 40, 64].map((length) => 'c'.repeat(length));
const place = (line: number) => ({ source: 'in', line });

describe('plainEntries', () => {
  it('passes over blank lines and comments, and tells types by length', async () => {
    const text = `# list\n\n  ${md5}  \n${sha1}\n`;
    expect(await read(plainEntries, text)).toEqual([
      { op: 'assert', type: 'md5', value: md5, place: place(3) },
      { op: 'assert', type: 'sha1', value: sha1, place: place(4) },
    ]);
  });

  it('asks for the type where the length does not tell', async () => {
    expect((await failure(read(plainEntries, `${sha256}\n`))).reason).toContain(
      'sha256 and pdq have the same length',
    );
    expect(await read(plainEntries, `${sha256}\n`, { type: 'pdq' })).toMatchObject([{ type: 'pdq' }]);
    expect((await failure(read(plainEntries, 'short\n'))).reason).not.toContain('short');
  });

  it('gives labels and expiry to assertions, a reason to retractions', async () => {
    const defaults = { labels: ['a1'], expires: '2030-01-01', reason: 'error' };
    expect(await read(plainEntries, `${md5}\n`, defaults)).toMatchObject([
      { labels: ['a1'], expires: '2030-01-01' },
    ]);
    const [retraction] = await read(plainEntries, `${md5}\n`, { ...defaults, op: 'retract' });
    expect(retraction).toEqual({ op: 'retract', type: 'md5', value: md5, reason: 'error', place: place(1) });
  });
});

describe('csvEntries', () => {
  it('reads the columns it knows, in any order and case', async () => {
    const text = `\ufeffTYPE,Value,labels,quality,op\npdq,"${sha256}",a1; b2,70,\n\nsha256,${sha256},,,retract\n`;
    expect(await read(csvEntries, text, { labels: ['x'] })).toEqual([
      { op: 'assert', type: 'pdq', value: sha256, labels: ['a1', 'b2', 'x'], quality: 70, place: place(2) },
      { op: 'retract', type: 'sha256', value: sha256, place: place(4) },
    ]);
  });

  it.each([
    ['value,comment\n', 'column 2'],
    [`value,type\n${md5}\n`, 'not as many cells'],
    [`value,type\n,md5\n`, 'value: is missing'],
    [`type\nmd5\n`, 'value: is missing'],
    [`value\n"${md5}\n`, 'CSV_'],
    [`value\n${'d'.repeat(70_000)}\n`, 'CSV_'],
  ])('refuses case %# by line and rule', async (text, rule) => {
    const error = await failure(read(csvEntries, text));
    expect(error).toMatchObject({ code: 'INPUT_INVALID' });
    expect(error.reason).toContain(rule);
    expect(error.message).not.toMatch(/c{32}|d{32}/);
  });

  it('hears of a file that cannot be read', async () => {
    const broken: Reader = (name, _chunks, defaults) =>
      csvEntries(
        name,
        (async function* (): AsyncGenerator<Uint8Array> {
          throw new Error('disk on fire');
        })(),
        defaults,
      );
    await expect(read(broken, '')).rejects.toThrow('disk on fire');
  });
});

describe('ndjsonEntries', () => {
  it('reads entries as the protocol writes them', async () => {
    const entry = { op: 'retract', type: 'md5', value: md5, reason: 'legal' };
    expect(await read(ndjsonEntries, `${JSON.stringify(entry)}\n\n`)).toEqual([
      { ...entry, place: place(1) },
    ]);
  });

  it.each(['[]', '5', '{', '{"a":1,"a":2}', '{"salt":"x"}', '{"place":{}}', '{"quality":0.5}'])(
    'refuses %s',
    async (line) => {
      expect(await failure(read(ndjsonEntries, `${line}\n`))).toMatchObject({
        code: 'INPUT_INVALID',
        subject: 'in, line 1',
      });
    },
  );
});

describe('requireDefaults', () => {
  it.each([
    { type: 'sha265' },
    { op: 'dispute' },
    { op: 'retract', labels: ['a'] },
    { op: 'retract', expires: '2030-01-01' },
    { op: 'assert', reason: 'error' },
  ])('refuses %j', (defaults) => {
    expect(() => requireDefaults(defaults as EntryDefaults)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    );
  });

  it('accepts what makes sense', () => {
    expect(() => requireDefaults({})).not.toThrow();
    expect(() => requireDefaults({ type: 'md5', op: 'retract', reason: 'error' })).not.toThrow();
    expect(() => requireDefaults({ reason: 'error' })).not.toThrow();
  });
});

describe('csvRow', () => {
  it('never begins a cell like a formula, and always quotes what needs it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', 'a') }), {
          minLength: 1,
        }),
        (cells) => {
          const row = csvRow(cells);
          const parsed = parseRow(row);
          expect(parsed.map((cell, i) => (cell === cells[i] ? cell : cell.slice(1)))).toEqual(cells);
          for (const cell of parsed) expect(cell).not.toMatch(/^[=+\-@\t\r\n]/);
        },
      ),
    );
  });

  it('writes numbers as they are and nothing for null', () => {
    expect(csvRow([-5, null, 'x'])).toBe('-5,,x\n');
  });
});

/** Reads a row by the letter of RFC 4180. */
function parseRow(row: string): string[] {
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n$)/gy;
  for (let match = cell.exec(row); match !== null; match = cell.exec(row)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === '\n') return cells;
  }
  throw new Error('not CSV');
}
