/** Who may import whom (docs/architecture.md). A planted violation is tested in test/contract/import-rules.spec.ts. */
const lib = (name) => `^libs/${name}/`;
const domain = '(access|membership|intake|signals|ledger|feed|provenance)';

/** The libs a lib may import besides itself. */
const allowed = {
  tlog: [],
  protocol: ['tlog'],
  keys: ['tlog', 'protocol'],
  platform: [],
  client: ['protocol', 'tlog', 'keys'],
  ledger: ['platform', 'protocol', 'tlog', 'keys'],
  membership: ['ledger', 'platform', 'protocol', 'tlog', 'keys'],
  access: ['membership', 'platform', 'protocol', 'tlog', 'keys'],
  signals: ['membership', 'ledger', 'platform', 'protocol', 'tlog', 'keys'],
  intake: ['membership', 'signals', 'ledger', 'platform', 'protocol', 'tlog', 'keys'],
  feed: ['signals', 'ledger', 'platform', 'protocol', 'tlog', 'keys'],
  provenance: ['membership', 'signals', 'intake', 'ledger', 'platform', 'protocol', 'tlog', 'keys'],
};

const libRules = Object.entries(allowed).map(([name, others]) => ({
  name: `lib-${name}`,
  severity: 'error',
  comment: `libs/${name} may import only: ${others.join(', ') || 'no other lib'}`,
  from: { path: lib(name) },
  to: { path: '^libs/', pathNot: [name, ...others].map(lib) },
}));

const indexRules = Object.keys(allowed).map((name) => ({
  name: `only-the-index-of-${name}`,
  severity: 'error',
  comment:
    'a lib has one public entry, but platform and access a second, so that processes load what they need',
  from: { path: '^(apps|libs|migrations|test)/', pathNot: lib(name) },
  to: {
    path: lib(name),
    pathNot: [
      `^libs/${name}/src/index\\.ts$`,
      '^libs/platform/src/nest\\.ts$',
      '^libs/access/src/upkeep\\.ts$',
      '^libs/tlog/src/sha256\\.',
    ],
  },
}));

module.exports = {
  forbidden: [
    ...libRules,
    ...indexRules,
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'libs-know-no-apps',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|migrations)/' },
    },
    {
      name: 'apps-are-separate',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'pure-libs-need-no-node',
      severity: 'error',
      from: { path: '^libs/(tlog|protocol)/', pathNot: ['\\.spec\\.ts$', 'sha256\\.node\\.ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'cli-needs-nothing-of-the-hub',
      severity: 'error',
      from: { path: '^apps/cli/' },
      to: { path: `^libs/(platform|${domain})/` },
    },
    {
      name: 'jose-only-in-keys',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '^libs/keys/' },
      to: { path: 'node_modules/jose/' },
    },
    {
      name: 'bullmq-only-in-platform-and-processors',
      severity: 'error',
      from: {
        path: '^(apps|libs|migrations)/',
        pathNot: ['^libs/platform/', '^apps/worker/.*\\.processor\\.ts$'],
      },
      to: { path: 'node_modules/(bullmq|@nestjs/bullmq)/' },
    },
    {
      name: 'nodemailer-only-in-platform',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '^libs/platform/' },
      to: { path: 'node_modules/(@types/)?nodemailer/' },
    },
    {
      name: 'graphql-only-in-api',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '^apps/api/' },
      to: { path: 'node_modules/(graphql|mercurius|@nestjs/graphql|@nestjs/mercurius)/' },
    },
    {
      name: 'shipped-code-imports-no-tests',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'require', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
