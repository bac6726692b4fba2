import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8');

/** The cells of every row of the tables that name tests. */
function rows(): string[][] {
  const found: string[][] = [];
  let inTable = false;
  for (const line of PAGE.split('\n')) {
    if (/^\|.*\| test \|$/.test(line)) inTable = true;
    else if (!line.startsWith('|')) inTable = false;
    else if (inTable && !line.startsWith('|---'))
      found.push(
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      );
  }
  return found;
}

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.spec.ts'),
  );

const hasSpec = (folder: string, name: string): boolean =>
  sources(folder).some(
    (path) =>
      path.split('/').at(-1)!.startsWith(`${name}.`) || path.split('/').at(-1)!.startsWith(`${name}-`),
  );

/** The tests that a cell names and that are not there. A name without a folder stands in the folder before it. */
function missing(cell: string): string[] {
  const found: string[] = [];
  let folder = '';
  for (const [, name = '', words = ''] of cell.matchAll(/`([^`]+)`([^`]*)/g)) {
    const path = name.includes('/') ? name : `${folder}/${name}`;
    folder = path.split('/').slice(0, 2).join('/');
    if (/^(libs|apps)\//.test(path)) found.push(...missingInLib(path, words));
    else if (!existsSync(join(ROOT, `${path}.spec.ts`)) && !isFolder(path)) found.push(path);
  }
  return found;
}

/** The titles in quotes behind a spec's name in a cell that no test of that spec, and no group of tests, has. */
function missingTitles(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`((?: (?:and )?"[^"]+")+)/g)].flatMap(([, path = '', quotes = '']) => {
    const source = existsSync(join(ROOT, `${path}.spec.ts`))
      ? readFileSync(join(ROOT, `${path}.spec.ts`), 'utf8')
      : '';
    const titles = [...quotes.matchAll(/"([^"]+)"/g)].map(([, title]) => title!);
    return titles.filter((title) => !source.includes(`('${title}', `)).map((title) => `${path} "${title}"`);
  });
}

const isFolder = (path: string): boolean => existsSync(join(ROOT, path)) && sources(path).length > 0;

/** `libs/x` stands before the words that name its specs: `key gate specs`, `mailboxes and outbox-sender specs`, `specs`. */
function missingInLib(lib: string, words: string): string[] {
  if (!existsSync(join(ROOT, lib))) return [lib];
  const [, list = ''] = /^ (.*?)\s?specs?\b/.exec(words) ?? [];
  const names = list.split(/,| and /).map((name) => name.trim().replaceAll(' ', '-'));
  return names.filter((name) => name !== '' && !hasSpec(lib, name)).map((name) => `${lib} ${name}`);
}

describe('the threat model', () => {
  it('names tests that exist', () => {
    expect(rows().flatMap((cells) => missing(cells.at(-1)!))).toEqual([]);
  });

  it('quotes titles that these tests have', () => {
    const tests = rows().map((cells) => cells.at(-1)!);
    expect(tests.filter((cell) => cell.includes('"')).length).toBeGreaterThan(3);
    expect(tests.flatMap(missingTitles)).toEqual([]);
    // A quote that stands behind no spec would be held to nothing.
    const bare = tests.map((cell) => cell.replaceAll(/`[^`]+`(?: (?:and )?"[^"]+")+/g, ''));
    expect(bare.filter((cell) => cell.includes('"'))).toEqual([]);
  });

  it('gives every attack a defence, and a test unless this version has none', () => {
    const bare = rows().filter((cells) => {
      const [defence = '', test = ''] = cells.slice(-2);
      const open = /not in this version|^not detectable/.test(`${defence}${test}`);
      return defence === '' || (test === '' && !open);
    });
    expect(bare).toEqual([]);
  });

  it('lists each attack on logs once, and each on keys, requests, people and operation', () => {
    const numbers = rows()
      .map(([number]) => number!)
      .filter((cell) => /^A?\d/.test(cell));
    const all = numbers.flatMap(expand);
    const expected = [...range('', 1, 38), ...range('A', 1, 66)];
    expect([...all].sort()).toEqual([...expected].sort());
  });

  it('would miss a test that is not there', () => {
    expect(missing('`test/e2e/no-such-thing`, `order`')).toEqual(['test/e2e/no-such-thing']);
    expect(missingTitles('`test/client/heads` "no such title", `order`')).toEqual([
      'test/client/heads "no such title"',
    ]);
    expect(missing('`libs/keys` key gate and no such specs, `libs/none` specs')).toEqual([
      'libs/keys no-such',
      'libs/none',
    ]);
  });
});

const range = (letter: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${letter}${from + i}`);

function expand(cell: string): string[] {
  return cell.split(', ').flatMap((part) => {
    const [, letter = '', from = '', to = from] = /^(A?)(\d+)(?:–A?(\d+))?$/.exec(part) ?? [];
    return range(letter, Number(from), Number(to));
  });
}
