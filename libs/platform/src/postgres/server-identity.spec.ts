import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { chooseServerIdentity, launchAs, requireReachable } from './server-identity.js';

describe('chooseServerIdentity', () => {
  it('never lets the server be root', () => {
    expect(['namespace', 'unprivileged']).toContain(chooseServerIdentity(0).kind);
  });
});

describe('launchAs', () => {
  it('starts the program as it is, through unshare, or as another user', () => {
    expect(launchAs({ kind: 'direct' }, 'postgres', ['-D'])).toEqual({
      file: 'postgres',
      args: ['-D'],
      user: {},
    });
    expect(launchAs({ kind: 'namespace', uid: 7 }, 'postgres', ['-D'])).toEqual({
      file: 'unshare',
      args: ['--user', '--map-user=7', '--map-group=7', 'postgres', '-D'],
      user: {},
    });
    expect(launchAs({ kind: 'unprivileged', uid: 7 }, 'postgres', []).user).toEqual({ uid: 7, gid: 7 });
  });
});

describe('requireReachable', () => {
  const closed = join(mkdtempSync(join(tmpdir(), 'cairn-walk-')), 'closed');
  mkdirSync(closed, { mode: 0o700 });
  afterAll(() => rmSync(join(closed, '..'), { recursive: true }));

  it('names the directory an unprivileged server could not enter, and what to do', () => {
    const identity = { kind: 'unprivileged', uid: 54_321 } as const;
    expect(() => requireReachable(identity, join(closed, 'postgres'))).toThrow(/CAIRN_DATA_DIR/);
    chmodSync(join(closed, '..'), 0o711);
    expect(() => requireReachable(identity, join(closed, 'postgres'))).toThrow(`cannot enter ${closed}:`);
    chmodSync(closed, 0o711);
    expect(() => requireReachable(identity, join(closed, 'postgres'))).not.toThrow();
  });

  it('asks nothing of a server that runs as this user', () => {
    expect(() => requireReachable({ kind: 'direct' }, join(closed, 'postgres'))).not.toThrow();
  });
});
