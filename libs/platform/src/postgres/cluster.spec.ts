import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runDirectory } from '#test/run-directory';
import { locateBinaries, majorVersion } from './binaries.js';
import { ensureCluster } from './cluster.js';

describe('ensureCluster', () => {
  describe('when files go away meanwhile, as those of a killed server do', () => {
    it('takes over what stays', async () => {
      const directory = mkdtempSync(join(runDirectory(), 'cluster-'));
      const base = join(directory, 'data', 'base');
      mkdirSync(base, { recursive: true });
      const binaries = locateBinaries();
      writeFileSync(join(directory, 'data', 'PG_VERSION'), `${majorVersion(binaries)}\n`);
      const churn = `for (let i = 0; ; i++) { fs.writeFileSync('t' + i, ''); if (i >= 50) fs.rmSync('t' + (i - 50)); }`;
      const churning = spawn(process.execPath, ['-e', churn], { cwd: base, stdio: 'ignore' });
      try {
        const options = {
          binaries,
          directory,
          identity: { kind: 'unprivileged', uid: 65534 } as const,
          password: 'x',
        };
        for (const end = performance.now() + 1500; performance.now() < end;)
          expect(await ensureCluster(options)).toBe(join(directory, 'data'));
      } finally {
        churning.kill('SIGKILL');
      }
    });
  });
});
