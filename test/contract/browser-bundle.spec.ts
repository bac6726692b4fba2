import { existsSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Libs that the console runs in a browser. */
const PURE = ['tlog', 'protocol'].filter((lib) => existsSync(`${ROOT}libs/${lib}/src/index.ts`));

async function bundle(lib: string) {
  return build({
    absWorkingDir: ROOT,
    entryPoints: [`dist/libs/${lib}/src/index.js`],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    conditions: ['browser'],
    format: 'iife',
    globalName: 'lib',
    logLevel: 'silent',
  });
}

describe.each(PURE)('the bundle of libs/%s for a browser', (lib) => {
  it('needs nothing of Node', async () => {
    const { metafile, outputFiles } = await bundle(lib);
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((path) => /sha256\.node|^node:/.test(path))).toEqual([]);
    expect(inputs.some((path) => path.endsWith('sha256.browser.js'))).toBe(true);
    const text = outputFiles[0]?.text ?? 'Buffer.from';
    expect(/\bBuffer\.|\brequire\(|\bprocess\.(env|platform|versions)/.test(text)).toBe(false);
  });

  it("loads where only a browser's globals are", async () => {
    const { outputFiles } = await bundle(lib);
    const context = createContext({ TextEncoder, TextDecoder, crypto: globalThis.crypto });
    runInContext(`${outputFiles[0]?.text}; globalThis.names = Object.keys(lib);`, context);
    expect((context as { names: string[] }).names.length).toBeGreaterThan(0);
  });
});

describe('a lib that uses Node', () => {
  it('does not bundle', async () => {
    await expect(bundle('platform')).rejects.toThrow(/Could not resolve/);
  });
});
