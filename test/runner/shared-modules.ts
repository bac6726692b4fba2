import { type Module, SyntheticModule } from 'node:vm';

const shared = new Map<string, Promise<Module>>();

/** A module as Node loads it: once for all spec files of a worker. */
export function sharedModule(specifier: string): Promise<Module> {
  const known = shared.get(specifier);
  if (known !== undefined) return known;
  const loaded = import(specifier).then((namespace: Record<string, unknown>) =>
    moduleOf(specifier, namespace),
  );
  shared.set(specifier, loaded);
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
