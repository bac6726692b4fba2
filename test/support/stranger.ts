import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseStrictJson, readRound } from '#libs/protocol';
import { bundlePath, bundlesOf, decodeEntryBundle, tilePath, tilesOf } from '#libs/tlog';

const SCRIPTS = fileURLToPath(new URL('../../../test/contract/stranger', import.meta.url));
const DOCS = fileURLToPath(new URL('../../../docs', import.meta.url));
/** Every byte, by an environment variable; else every so many, in each file from another one on. */
const STRIDE = process.env['STRANGER_EVERY_BYTE'] === '1' ? 1 : 7;
/** The least change, one that turns the case of a letter, and one that leaves ASCII. */
const MASKS = [0x01, 0x20, 0x80];
const OUTPUT_LIMIT = 64 * 1024 * 1024;

/** Files by path, as a program of the stranger finds them in a directory. */
export type Files = Map<string, Uint8Array>;

/** What a program of the stranger came to. */
export interface StrangerRun {
  readonly code: number | null;
  readonly lines: string[];
}

/** Whether the stranger's programs can run here; it says on standard error why not. */
export function strangerCanRun(): boolean {
  const lack = missingProgram();
  if (lack !== null) process.stderr.write(`SKIPPED: the stranger's verifier, because ${lack}\n`);
  return lack === null;
}

function missingProgram(): string | null {
  const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']);
  if (python.status !== 0) return 'python3 (3.9 or newer) is not on the PATH';
  const openssl = spawnSync('openssl', ['version'], { encoding: 'utf8' });
  if (!/^OpenSSL [3-9]/.test(openssl.stdout ?? '')) return 'openssl (3 or newer) is not on the PATH';
  return null;
}

/** Runs one of the stranger's programs to its end. */
export function runStranger(script: string, args: readonly string[], input = ''): StrangerRun {
  // -B: the checkout is not written to; -I would hide the modules beside the script.
  const run = spawnSync('python3', ['-B', join(SCRIPTS, script), ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: OUTPUT_LIMIT,
  });
  if (run.error) throw run.error;
  if (run.stderr.includes('Traceback')) throw new Error(run.stderr);
  return { code: run.status, lines: run.stdout.split('\n').slice(0, -1) };
}

/** Runs the stranger's check of the pages' worked examples. */
export function checkExamples(): StrangerRun {
  return runStranger('check_examples.py', [DOCS]);
}

export function writeFiles(folder: string, files: Files): string {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

/**
 * What the program says of copies of which one byte differs: the changed places that it let pass. The first line changes nothing and
 * must pass, or the program would refuse anything.
 *
 * @returns the number of copies, and those accepted as `path offset mask`.
 */
export function flipBytes(script: string, args: readonly string[], files: Files) {
  const flips = [...files].flatMap(([path, bytes], file) =>
    [...bytes.keys()]
      .filter((offset) => offset % STRIDE === file % STRIDE || offset === bytes.length - 1)
      .flatMap((offset) => masksAt(offset).map((mask) => `${path} ${offset} ${mask}`)),
  );
  const unchanged = `${[...files.keys()][0]} 0 0`;
  const { lines } = runStranger(script, ['--flips', ...args], [unchanged, ...flips, ''].join('\n'));
  if (lines.length !== flips.length + 1 || lines[0] !== 'OK')
    throw new Error(`${script} gave ${lines.length} answers of ${flips.length + 1}, the first ${lines[0]}`);
  return { flips: flips.length, accepted: flips.filter((_, i) => lines[i + 1] === 'OK') };
}

function masksAt(offset: number): number[] {
  return STRIDE === 1 ? MASKS : [MASKS[offset % MASKS.length]!];
}

/** A whole log as it is served: checkpoint, tiles and bundles, and what its leaves say. */
export async function collectLog(read: (path: string) => Promise<Uint8Array>) {
  const files: Files = new Map([['checkpoint', await read('checkpoint')]]);
  const size = Number(Buffer.from(files.get('checkpoint')!).toString().split('\n')[1]);
  const leaves: Uint8Array[] = [];
  for (const tile of tilesOf(size)) files.set(tilePath(tile), await read(tilePath(tile)));
  for (const bundle of bundlesOf(size)) {
    const bytes = await read(bundlePath(bundle));
    files.set(bundlePath(bundle), bytes);
    leaves.push(...decodeEntryBundle(bytes, bundle.width));
  }
  return { files, leaves };
}

/** A whole feed as it is served: its log, and every pack that is not below a horizon of its type. */
export async function collectFeed(read: (path: string) => Promise<Uint8Array>): Promise<Files> {
  const { files, leaves } = await collectLog(read);
  const rounds = leaves.map((leaf) => {
    const text = Buffer.from(leaf).toString();
    return readRound(parseStrictJson(text), text);
  });
  const horizons = new Map(
    rounds
      .flatMap((round) => (round.kind === 'horizon' ? round.horizons : []))
      .map(({ type, size }) => [type, size]),
  );
  for (const [index, round] of rounds.entries())
    for (const { type, packs } of 'changes' in round ? round.changes : [])
      if (index >= (horizons.get(type) ?? 0))
        for (const { digest } of packs) files.set(`pack/${digest}`, await read(`pack/${digest}`));
  return files;
}
