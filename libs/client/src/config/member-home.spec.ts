import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deriveCheckpointKey } from '#libs/keys';
import { formatVerifierKey, NOTE_SIGNATURE, verifierKey } from '#libs/tlog';
import { MemberHome } from './member-home.js';

const { publicKey } = deriveCheckpointKey(new Uint8Array(32), 'hub.example/log');
const key = formatVerifierKey(verifierKey('hub.example/log', NOTE_SIGNATURE, publicKey));
const policy = Buffer.from(`log ${key} https://hub.example\nquorum none\n`);

let path: string;
let home: MemberHome;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'cairn-home-')), 'home');
  home = new MemberHome(path);
});
afterEach(() => rm(join(path, '..'), { recursive: true, force: true }));

describe('MemberHome', () => {
  it('copies the policy and comes back with what it was told', async () => {
    await home.init({ policy, member: 'acme' });
    expect(await readFile(join(path, 'policy'))).toEqual(policy);
    expect(await home.load()).toMatchObject({ member: 'acme', hub: { origin: 'hub.example' } });
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('is found by CAIRN_CLI_HOME, else below the home directory', () => {
    const before = process.env['CAIRN_CLI_HOME'];
    process.env['CAIRN_CLI_HOME'] = '/somewhere';
    expect(new MemberHome().path).toBe('/somewhere');
    delete process.env['CAIRN_CLI_HOME'];
    expect(new MemberHome().path).toMatch(/\.cairn$/);
    if (before !== undefined) process.env['CAIRN_CLI_HOME'] = before;
  });

  it('replaces nothing unless told to', async () => {
    await home.init({ policy, member: 'acme' });
    await expect(home.init({ policy, member: 'other' })).rejects.toMatchObject({
      code: 'ALREADY_CONFIGURED',
    });
    await home.init({ policy, member: 'other', replace: true });
    expect((await home.load()).member).toBe('other');
  });

  it('refuses a name that no member has', async () => {
    await expect(home.init({ policy, member: 'Acme Inc.' })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });

  it('says when nothing, or nothing sensible, is configured', async () => {
    await expect(home.load()).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    await home.init({ policy, member: 'acme' });
    for (const text of ['{', '[]', '{"version":"cairn-client/2","member":"acme","allowHttp":false}']) {
      await writeFile(join(path, 'config.json'), text);
      await expect(home.load()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    }
  });

  it('makes keys of its own, and no second one in the place of a first', async () => {
    const made = await home.createKey('auth');
    expect((await home.loadKey('auth')).publicKey).toEqual(made.publicKey);
    expect((await stat(home.keyFile('auth'))).mode & 0o777).toBe(0o600);
    await expect(home.createKey('auth')).rejects.toMatchObject({ code: 'KEY_UNUSABLE' });
    await expect(home.loadKey('signing')).rejects.toMatchObject({ code: 'KEY_UNUSABLE' });
  });

  it('refuses a key that others can read', async () => {
    await home.createKey('auth');
    await chmod(home.keyFile('auth'), 0o644);
    await expect(home.loadKey('auth')).rejects.toMatchObject({ code: 'KEY_UNUSABLE' });
  });
});
