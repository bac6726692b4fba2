import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { GraphQLError, parse } from 'graphql';
import { PlatformError } from '#libs/platform';
import { SpecModules } from './spec-modules.js';

const SPEC = fileURLToPath(import.meta.url);
const PLATFORM = fileURLToPath(new URL('../../libs/platform/src/index.js', import.meta.url));
const source = { read: (path: string) => readFileSync(path, 'utf8'), globals: () => ({}), anew: () => true };

interface Namespace {
  readonly PlatformError: typeof PlatformError;
}

function platform(modules: SpecModules): Promise<Namespace> {
  return imported(modules, PLATFORM);
}

async function imported(modules: SpecModules, path: string): Promise<Namespace> {
  return (await modules.import(path)).namespace as unknown as Namespace;
}

describe('modules of a spec file', () => {
  it('evaluates a module of the repository once for a spec file', async () => {
    const modules = new SpecModules(source);

    expect((await platform(modules)).PlatformError).toBe((await platform(modules)).PlatformError);
  });

  it('evaluates it anew for another spec file', async () => {
    const other = await platform(new SpecModules(source));

    expect(other.PlatformError).not.toBe(PlatformError);
    expect(new other.PlatformError('config-invalid', 'other')).not.toBeInstanceOf(PlatformError);
  });

  it('is given the one that Node loaded, where it need not be evaluated anew', async () => {
    const text = `export { PlatformError } from '#libs/platform';`;
    const read = (path: string): string => (path === SPEC ? text : source.read(path));
    const shared = { ...source, read, anew: (path: string) => path === SPEC };
    const [one, other] = [new SpecModules(shared), new SpecModules(shared)];

    expect((await imported(one, SPEC)).PlatformError).toBe((await imported(other, SPEC)).PlatformError);
  });

  it('is given the one copy of a package', async () => {
    const read = (): string => `export { GraphQLError } from 'graphql';`;
    const modules = new SpecModules({ ...source, read });

    expect((await modules.import(PLATFORM)).namespace).toHaveProperty('GraphQLError', GraphQLError);
  });

  it('sees errors of packages and of Node as errors', () => {
    expect(caught(() => parse('{'))).toBeInstanceOf(Error);
    expect(caught(() => readFileSync(`${PLATFORM}.none`))).toBeInstanceOf(Error);
  });
});

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
