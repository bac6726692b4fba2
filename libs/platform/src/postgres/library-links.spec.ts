import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runDirectory } from '#test/run-directory';
import { locateBinaries, majorVersion } from './binaries.js';
import { restoreLibraryLinks } from './library-links.js';
import { stageBinaries } from './staged-copy.js';

function packageWithoutLinks() {
  const home = mkdtempSync(join(runDirectory(), 'links-'));
  const root = join(home, 'native');
  mkdirSync(join(root, 'lib'), { recursive: true });
  writeFileSync(join(root, 'lib', 'libpq.so.5.15'), 'library');
  const links = ['libpq.so', 'libpq.so.5'].map((name) => ({
    source: 'native/lib/libpq.so.5.15',
    target: `native/lib/${name}`,
  }));
  writeFileSync(join(root, 'pg-symlinks.json'), JSON.stringify(links));
  return { root, version: '15.18.0', home };
}

describe('restoreLibraryLinks', () => {
  it('makes the links that an install without scripts leaves out', () => {
    const binaries = packageWithoutLinks();
    expect(restoreLibraryLinks(binaries)).toBe(true);
    expect(readlinkSync(join(binaries.root, 'lib', 'libpq.so'))).toBe('libpq.so.5.15');
    expect(readFileSync(join(binaries.root, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
  });

  it('leaves links alone that are there', () => {
    const binaries = packageWithoutLinks();
    restoreLibraryLinks(binaries);
    expect(restoreLibraryLinks(binaries)).toBe(true);
  });
});

describe('stageBinaries', () => {
  it('copies once and restores links in the copy', () => {
    const binaries = packageWithoutLinks();
    const staged = stageBinaries(binaries, binaries.home);
    expect(readFileSync(join(staged.root, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
    rmSync(binaries.root, { recursive: true });
    expect(stageBinaries(binaries, binaries.home)).toEqual(staged);
  });
});

describe('locateBinaries', () => {
  it('finds the server of this machine', () => {
    expect(majorVersion(locateBinaries())).toBe('15');
  });

  it.each([
    ['win32', 'x64'],
    ['linux', 'riscv64'],
  ] as const)('says for %s %s what to do instead', (platform, arch) => {
    expect(() => locateBinaries(platform, arch)).toThrow(/CAIRN_DATABASE_URL/);
  });
});
