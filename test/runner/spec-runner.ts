import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { forgetGraphqlTypes } from './graphql-types.js';
import { SpecModules } from './spec-modules.js';

/** What is used of Jest's runtime; two members are not declared, which the exact version in package.json answers for. */
interface Runtime {
  readonly transformCache: { transform(path: string, options: object): string };
  readonly jestGlobals: { cjsGlobals(path: string): Record<string, unknown> };
}

type Runner = (
  globalConfig: { readonly collectCoverage: boolean },
  config: { readonly rootDir: string },
  environment: object,
  runtime: object,
  path: string,
  tell?: unknown,
) => Promise<object>;

const require = createRequire(import.meta.url);
const { default: circus } = require('jest-circus/runner') as { default: Runner };

/** Jest's own runner, on modules that are loaded by `SpecModules` instead of into a context of their own. */
export default function runSpec(...[globals, config, environment, runtime, path, tell]: Parameters<Runner>) {
  const { collectCoverage } = globals;
  // What is covered is counted for each spec file, by modules that were instrumented for it.
  if (collectCoverage) forgetGraphqlTypes();
  const tests = join(config.rootDir, 'test', sep);
  const anew = (file: string): boolean =>
    collectCoverage || file.startsWith(tests) || file.endsWith('.spec.js');
  const modules = new SpecModules({ ...sourceOf(runtime as Runtime), anew });
  const specRuntime = Object.create(runtime, {
    requireInternalModule: { value: requireAnew },
    unstable_importModule: { value: (file: string) => modules.import(file) },
  }) as object;
  return circus(globals, config, environment, specRuntime, path, tell);
}

function sourceOf({ transformCache, jestGlobals }: Runtime) {
  const esm = {
    isInternalModule: false,
    supportsDynamicImport: true,
    supportsExportNamespaceFrom: true,
    supportsStaticESM: true,
    supportsTopLevelAwait: true,
  };
  return {
    read: (path: string) => transformCache.transform(path, esm),
    globals: (path: string) => jestGlobals.cjsGlobals(path),
  };
}

/** The tests that a spec file declares are kept in a module of Jest and in a global list of its listeners: both begin empty. */
function requireAnew(path: string): unknown {
  delete require.cache[require.resolve(path)];
  Reflect.deleteProperty(globalThis, Symbol.for('EVENT_HANDLERS'));
  return require(path);
}
