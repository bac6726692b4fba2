import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface Rule {
  readonly name: string;
}

const { forbidden } = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs')) as {
  forbidden: Rule[];
};

/** For each lib one it may not know. */
const STRANGERS = {
  tlog: 'protocol',
  protocol: 'keys',
  keys: 'platform',
  platform: 'tlog',
  client: 'platform',
  ledger: 'membership',
  membership: 'access',
  access: 'intake',
  signals: 'intake',
  intake: 'feed',
  feed: 'intake',
  provenance: 'feed',
} as const;

type Plant = readonly [file: string, imported: string];

/** One violation of each rule: the file that breaks it and what that file imports. */
const PLANTS: Record<string, readonly Plant[]> = {
  ...Object.fromEntries(
    Object.entries(STRANGERS).map(([lib, other]) => [
      `lib-${lib}`,
      [[`libs/${lib}/src/stranger.ts`, `#libs/${other}`]],
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(STRANGERS).map((lib) => [
      `only-the-index-of-${lib}`,
      [[`apps/worker/src/deep-${lib}.ts`, `../../../libs/${lib}/src/inner.js`]],
    ]),
  ),
  'not-to-unresolvable': [['apps/api/src/missing.ts', 'no-such-package']],
  'no-circular': [['libs/feed/src/first.ts', './second.js']],
  'libs-know-no-apps': [
    ['libs/feed/src/app.ts', '#apps/api/src/inner'],
    ['libs/ledger/src/migration.ts', '#migrations'],
  ],
  'apps-are-separate': [['apps/worker/src/other-app.ts', '#apps/api/src/inner']],
  'pure-libs-need-no-node': [
    ['libs/protocol/src/files.ts', 'node:fs'],
    ['libs/tlog/src/files.ts', 'fs'],
  ],
  'cli-needs-nothing-of-the-hub': [
    ['apps/cli/src/platform.ts', '#libs/platform'],
    ['apps/cli/src/ledger.ts', '#libs/ledger'],
  ],
  'jose-only-in-keys': [['apps/api/src/jose.ts', 'jose']],
  'bullmq-only-in-platform-and-processors': [
    ['apps/worker/src/queue.ts', 'bullmq'],
    ['libs/intake/src/queue.ts', '@nestjs/bullmq'],
  ],
  'nodemailer-only-in-platform': [['libs/membership/src/mail.ts', 'nodemailer']],
  'graphql-only-in-api': [
    ['libs/feed/src/graphql.ts', 'graphql'],
    ['apps/worker/src/mercurius.ts', 'mercurius'],
    ['libs/signals/src/nest.ts', '@nestjs/graphql'],
  ],
  'shipped-code-imports-no-tests': [['apps/api/src/test.ts', '#test/inner']],
};

/** Imports like these are what the rules are there to allow. */
const ALLOWED: readonly Plant[] = [
  ['libs/keys/src/jose.ts', 'jose'],
  ['libs/platform/src/queue.ts', 'bullmq'],
  ['libs/platform/src/mail.ts', 'nodemailer'],
  ['apps/worker/src/decide.processor.ts', '@nestjs/bullmq'],
  ['apps/api/src/graphql.ts', 'graphql'],
  ['libs/feed/src/down.ts', '#libs/signals'],
  ['libs/tlog/src/sha256.node.ts', 'node:crypto'],
  ['libs/protocol/src/files.spec.ts', 'node:fs'],
  ['apps/api/src/test.spec.ts', '#test/inner'],
  ['test/contract/index.spec.ts', '#libs/feed'],
];

let home: string;
let found: { rule: string; from: string }[];

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-imports-')));
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
    cpSync(join(ROOT, file), join(home, file));
  symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(home, 'node_modules'));
  for (const lib of Object.keys(STRANGERS)) {
    write(`libs/${lib}/src/index.ts`, `export * from './inner.js';`);
    write(`libs/${lib}/src/inner.ts`, 'export const inner = 1;');
  }
  for (const file of ['apps/api/src/inner.ts', 'migrations/index.ts', 'test/support/inner.ts'])
    write(file, 'export const inner = 1;');
  write('libs/feed/src/second.ts', `import './first.js';`);
  for (const [file, imported] of [...Object.values(PLANTS).flat(), ...ALLOWED])
    write(file, `import '${imported}';`);
  found = violations();
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(home, file)), { recursive: true });
  writeFileSync(join(home, file), `${text}\n`);
}

function violations(): { rule: string; from: string }[] {
  const program = join(home, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const args = [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'apps',
    'libs',
    'migrations',
    'test',
  ];
  const { stdout } = spawnSync(process.execPath, [program, ...args], {
    cwd: home,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const report = JSON.parse(stdout) as { summary: { violations: { rule: Rule; from: string }[] } };
  return report.summary.violations.map(({ rule, from }) => ({ rule: rule.name, from }));
}

describe('the import rules', () => {
  it('all have a planted violation here', () => {
    expect(Object.keys(PLANTS).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  });

  it.each(forbidden.map(({ name }) => name))('%s finds each of its violations', (name) => {
    const files = found.filter(({ rule }) => rule === name).map(({ from }) => from);
    for (const [file] of PLANTS[name] ?? []) expect(files).toContain(file);
  });

  it('allow what they are there to allow', () => {
    const files = found.map(({ from }) => from);
    expect(ALLOWED.map(([file]) => file).filter((file) => files.includes(file))).toEqual([]);
  });
});
