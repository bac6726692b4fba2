import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Where the names are that verifiers and hubs give to others, and the types that list them. */
const SOURCES: readonly [string, string][] = [
  ['libs/protocol/src/protocol-error.ts', 'ProtocolErrorCode'],
  ['libs/protocol/src/strict-json-error.ts', 'StrictJsonErrorCode'],
  ['libs/protocol/src/feed/pack-error.ts', 'PackErrorCode'],
  ['libs/tlog/src/tlog-error.ts', 'TlogErrorCode'],
  ['libs/keys/src/jws-header.ts', 'JwsRefusalCode'],
  ['libs/keys/src/key-gate.ts', 'KeyGateCode'],
  ['libs/keys/src/curve-points.ts', 'PointFault'],
  ['libs/keys/src/jwks.ts', 'JwksRefusalCode'],
  ['libs/intake/src/submission-results.ts', 'RefusalCode'],
  ['apps/api/src/feed/feed-delta.types.ts', 'FeedResetCode'],
];

/** The names of a type that is a union of strings. */
function namesIn(path: string, type: string): string[] {
  const [, union = ''] = new RegExp(`export type ${type} =([^;]*);`).exec(read(path)) ?? [];
  return [...union.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
}

/** Names that the client gives to its own findings. */
const clientNames = [...read('libs/client/src/client-error.ts').matchAll(/^ {2}([A-Z_]+): '/gm)].map(
  ([, name]) => name!,
);

const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.startsWith('protocol'));
const documented = new Set(
  pages.flatMap((page) => [...read(`docs/${page}`).matchAll(/`([A-Za-z0-9_-]+)`/g)].map(([, name]) => name!)),
);

describe('the names of errors', () => {
  it.each(SOURCES)('of %s (%s) are all in the pages of the protocol', (path, type) => {
    const names = namesIn(path, type);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !documented.has(name))).toEqual([]);
  });

  it('that the pages list in a table of errors are all given by somebody', () => {
    const known = new Set([...clientNames, ...SOURCES.flatMap(([path, type]) => namesIn(path, type))]);
    const listed = pages.flatMap((page) => {
      const [, table = ''] = /^#+ Errors\n([\s\S]*?)(?=^#|$(?![\s\S]))/m.exec(read(`docs/${page}`)) ?? [];
      return [...table.matchAll(/`([A-Z][A-Z0-9_]+|[a-z]+(?:[-_][a-z]+)+)`/g)].map(([, name]) => name!);
    });
    expect(listed.length).toBeGreaterThan(100);
    expect(listed.filter((name) => !known.has(name))).toEqual([]);
  });
});
