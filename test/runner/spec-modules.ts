import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Module, SourceTextModule } from 'node:vm';
import { moduleOf, sharedModule } from './shared-modules.js';

/** What the modules of a spec file are made from. */
export interface ModuleSource {
  /** Text of a compiled module, instrumented when coverage is collected. */
  read(path: string): string;
  /** What `@jest/globals` gives to a module. */
  globals(path: string): Readonly<Record<string, unknown>>;
  /** Whether the module is evaluated for each spec file; else Node loads it, once. */
  anew(path: string): boolean;
}

const { resolve } = createRequire(import.meta.url);
/** Files that this repository's own names (`#libs/…`) stand for. */
const named = new Map<string, string>();

/**
 * The modules of one spec file: those that are evaluated for it alone, since they hold its tests or use them, and those that Node
 * loads once for all spec files.
 */
export class SpecModules {
  private readonly own = new Map<string, Module>();

  constructor(private readonly source: ModuleSource) {}

  /** Evaluates the module in a file, and all that it imports, unless that is done. */
  import(path: string): Promise<Module> {
    return evaluated(this.ownModule(path), this.find);
  }

  private ownModule(path: string): Module {
    const known = this.own.get(path);
    if (known !== undefined) return known;
    const url = pathToFileURL(path).href;
    const module: SourceTextModule = new SourceTextModule(this.source.read(path), {
      identifier: path,
      initializeImportMeta: (meta) =>
        void Object.assign(meta, { url, filename: path, dirname: dirname(path) }),
      importModuleDynamically: async (specifier) => evaluated(await this.find(specifier, module), this.find),
    });
    this.own.set(path, module);
    return module;
  }

  private readonly find = (specifier: string, { identifier }: Module): Module | Promise<Module> => {
    if (specifier === '@jest/globals') return moduleOf(specifier, this.source.globals(identifier));
    const path = ownPath(specifier, identifier);
    if (path === undefined) return sharedModule(specifier);
    return this.source.anew(path) ? this.ownModule(path) : sharedModule(pathToFileURL(path).href);
  };
}

async function evaluated(
  module: Module,
  find: (specifier: string, from: Module) => Module | Promise<Module>,
) {
  if (module.status === 'unlinked') await module.link(find);
  if (module.status !== 'evaluated') await module.evaluate();
  return module;
}

/** The file of a module of this repository; none when it is a package's. */
function ownPath(specifier: string, from: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('file:'))
    return fileURLToPath(new URL(specifier, pathToFileURL(from)));
  if (!specifier.startsWith('#')) return undefined;
  const path = named.get(specifier) ?? resolve(specifier);
  named.set(specifier, path);
  return path;
}
