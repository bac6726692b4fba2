import { type Module, SyntheticModule } from 'node:vm';

const packages = new Map<string, Promise<Module>>();

/** A package, or a module of Node's own, as Node loads it: once for all spec files of a worker. */
export function packageModule(specifier: string): Promise<Module> {
  const known = packages.get(specifier);
  if (known !== undefined) return known;
  const loaded = import(specifier).then((namespace: Record<string, unknown>) =>
    moduleOf(specifier, namespace),
  );
  packages.set(specifier, loaded);
  return loaded;
}

/** A module that exports given values. */
export async function moduleOf(
  identifier: string,
  values: Readonly<Record<string, unknown>>,
): Promise<Module> {
  const names = Object.keys(values);
  const module: SyntheticModule = new SyntheticModule(
    names,
    () => names.forEach((name) => module.setExport(name, values[name])),
    { identifier },
  );
  await module.link(() => {
    throw new Error(`${identifier} imports nothing`);
  });
  await module.evaluate();
  return module;
}
