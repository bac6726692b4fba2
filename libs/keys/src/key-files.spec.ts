import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  loadOrCreateSeed,
  loadOrCreateSigningKey,
  loadSeed,
  loadSigningKey,
  saveSigningKey,
} from './key-files.js';
import { createPrivateFile, readPrivateFile } from './private-file.js';
import { generateSigningKey } from './signing-key.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-keys-'));
  path = join(folder, 'key.jwk');
});
afterEach(() => rm(folder, { recursive: true }));

const failsWith = (code: string, message = '') =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });
const mode = async (file: string): Promise<string> => ((await stat(file)).mode & 0o777).toString(8);

describe('createPrivateFile', () => {
  it('makes a whole file that only its owner can use, and leaves no draft', async () => {
    await createPrivateFile(path, 'secret\n');
    expect(await readFile(path, 'utf8')).toBe('secret\n');
    expect(await mode(path)).toBe('600');
    expect(await readdir(folder)).toEqual(['key.jwk']);
  });

  it('never replaces a file', async () => {
    await createPrivateFile(path, 'first');
    await expect(createPrivateFile(path, 'second')).rejects.toEqual(failsWith('KEY_FILE_EXISTS', path));
    expect(await readFile(path, 'utf8')).toBe('first');
    expect(await readdir(folder)).toEqual(['key.jwk']);
  });

  it('lets one of many that start at once win', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => createPrivateFile(path, `${i}`)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['key.jwk']);
  });

  it('passes on what the system says about a folder that is not there', async () => {
    await expect(createPrivateFile(join(folder, 'no', 'key'), '')).rejects.toEqual(failsWith('ENOENT'));
  });

  it('syncs no directory on Windows', async () => {
    await createPrivateFile(path, 'secret', 'win32');
    expect(await readFile(path, 'utf8')).toBe('secret');
  });
});

describe('readPrivateFile', () => {
  it.each(['640', '604', '660', '610', '601', '620', '777'])(
    'refuses mode %s and says what to do',
    async (loose) => {
      await createPrivateFile(path, 'secret');
      await chmod(path, Number.parseInt(loose, 8));
      await expect(readPrivateFile(path)).rejects.toEqual(
        failsWith(
          'KEY_FILE_PERMISSIONS',
          `${path}: group or others have access to this secret (mode ${loose}), run chmod 600 on it`,
        ),
      );
    },
  );

  it.each(['600', '400', '700'])('accepts mode %s', async (tight) => {
    await createPrivateFile(path, 'secret');
    await chmod(path, Number.parseInt(tight, 8));
    expect(Buffer.from(await readPrivateFile(path)).toString()).toBe('secret');
  });

  it('judges a symbolic link by what it leads to', async () => {
    const target = join(folder, 'elsewhere');
    await createPrivateFile(target, 'secret');
    await symlink(target, path);
    expect(Buffer.from(await readPrivateFile(path)).toString()).toBe('secret');
    await chmod(target, 0o644);
    await expect(readPrivateFile(path)).rejects.toEqual(failsWith('KEY_FILE_PERMISSIONS'));
  });

  it('asks for no mode on Windows, which has none', async () => {
    await writeFile(path, 'secret', { mode: 0o644 });
    await chmod(path, 0o644);
    expect(Buffer.from(await readPrivateFile(path, 'win32')).toString()).toBe('secret');
  });

  it('says that there is no file', async () => {
    await expect(readPrivateFile(path)).rejects.toEqual(
      failsWith('KEY_FILE_MISSING', `${path}: no such file`),
    );
  });

  it('passes on what else the system says', async () => {
    await writeFile(path, '');
    await expect(readPrivateFile(join(path, 'below'))).rejects.toEqual(failsWith('ENOTDIR'));
  });
});

describe('loadSigningKey', () => {
  it('gives back the key that was saved', async () => {
    const key = generateSigningKey('ES256');
    await saveSigningKey(path, key);
    expect((await loadSigningKey(path)).publicKey).toEqual(key.publicKey);
  });

  it('names the file that holds no key', async () => {
    await createPrivateFile(path, '{"kty":"RSA"}');
    await expect(loadSigningKey(path)).rejects.toEqual(
      failsWith('INVALID_PRIVATE_KEY', `${path}: private key: kty: must be OKP or EC`),
    );
  });

  it('does not load a key that others can read', async () => {
    await saveSigningKey(path, generateSigningKey());
    await chmod(path, 0o644);
    await expect(loadSigningKey(path)).rejects.toEqual(failsWith('KEY_FILE_PERMISSIONS'));
  });
});

describe('loadOrCreateSigningKey', () => {
  it('makes the key once', async () => {
    const made = await loadOrCreateSigningKey(path, 'ES256');
    expect(made.publicKey.alg).toBe('ES256');
    expect((await loadOrCreateSigningKey(path)).publicKey).toEqual(made.publicKey);
  });

  it('gives one key to all that start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, () => loadOrCreateSigningKey(path)));
    expect(new Set(keys.map(({ publicKey }) => publicKey.kid)).size).toBe(1);
  });

  it('makes no new key in place of one it may not use', async () => {
    await writeFile(path, 'x');
    await chmod(path, 0o644);
    await expect(loadOrCreateSigningKey(path)).rejects.toEqual(failsWith('KEY_FILE_PERMISSIONS'));
    await expect(loadOrCreateSigningKey(join(path, 'below'))).rejects.toEqual(failsWith('ENOTDIR'));
  });

  it('says when it cannot make the file', async () => {
    await expect(loadOrCreateSigningKey(join(folder, 'no', 'key'))).rejects.toEqual(failsWith('ENOENT'));
  });
});

describe('loadOrCreateSeed', () => {
  it('makes 32 secret bytes once', async () => {
    const seed = await loadOrCreateSeed(path);
    expect(seed).toHaveLength(32);
    expect(await mode(path)).toBe('600');
    expect(Buffer.from(await loadOrCreateSeed(path)).equals(seed)).toBe(true);
    const other = join(folder, 'other');
    expect(Buffer.from(await loadOrCreateSeed(other)).equals(seed)).toBe(false);
  });
});

describe('loadSeed', () => {
  it.each([
    '',
    'ab'.repeat(31),
    'ab'.repeat(33),
    'AB'.repeat(32),
    `${'ab'.repeat(32)}\n\n`,
    ` ${'ab'.repeat(32)}`,
  ])('refuses the content %j without repeating it', async (content) => {
    await createPrivateFile(path, content);
    const failure = loadSeed(path);
    await expect(failure).rejects.toEqual(
      failsWith('KEY_FILE_MALFORMED', 'must hold 64 lower-case hex digits'),
    );
    await expect(failure).rejects.not.toThrow(/abab/);
  });

  it('reads a seed with or without its newline', async () => {
    await mkdir(join(folder, 'seeds'));
    for (const [i, end] of ['', '\n'].entries()) {
      const file = join(folder, 'seeds', `${i}`);
      await createPrivateFile(file, 'ab'.repeat(32) + end);
      expect(Buffer.from(await loadSeed(file)).toString('hex')).toBe('ab'.repeat(32));
    }
  });
});
