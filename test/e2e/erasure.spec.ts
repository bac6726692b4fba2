import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestEraser } from '#test/erasures';
import { assertion } from './api-hub.js';
import { ReplayHub, value } from './replay-hub.js';

const ERASED = value(0xabcdef);
const KEPT = value(0xfedcba);

let replay: ReplayHub;
let eraser: TestEraser;

beforeAll(async () => {
  replay = await ReplayHub.start();
  const { alpha, bravo, hotline } = replay.members;
  await replay.submit(hotline, [
    assertion('sha256', ERASED),
    assertion('sha256', KEPT),
    assertion('sha256', value(30)),
  ]);
  await replay.submit(alpha, [assertion('sha256', KEPT), assertion('sha256', ERASED)], {
    attribution: 'named',
  });
  await replay.submit(bravo, [assertion('sha256', ERASED)]);
  const { database, worker, config } = replay.hub;
  eraser = await TestEraser.on({ api: database.api, worker, origin: config.origin });
  expect((await replay.audit('before')).json).toMatchObject({ met: true, erasedLines: 0 });
  await eraser.erase(await linesAbout(ERASED));
  await replay.hub.settle();
});
afterAll(() => replay.close());

/** Places of the entries about a value, in log order. */
async function linesAbout(text: string): Promise<{ index: number; line: number }[]> {
  return replay.hub.database.admin.read('lines', 'system:test', (tx) =>
    tx.query(
      `SELECT e.log_index::float8 AS index, e.line FROM cairn.entry e JOIN cairn.signal s ON s.id = e.signal_id
        WHERE s.key = decode($1, 'hex') ORDER BY 1, 2`,
      [text],
    ),
  );
}

/** Tables of which a row, as text, holds a value: as hex, as the hex of its text, or in a set of planner statistics. */
async function tablesWith(text: string): Promise<string[]> {
  const needles = [text, Buffer.from(text).toString('hex')];
  return replay.hub.database.admin.read('dump', 'system:test', async (tx) => {
    const tables = await tx.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname NOT IN ('information_schema', 'pg_catalog') AND NOT starts_with(schemaname, 'pg_temp') ORDER BY 1`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const [row] = await tx.query<{ hits: number }>(
        `SELECT count(*)::integer AS hits FROM ${name} t WHERE EXISTS (
           SELECT FROM unnest($1::text[]) needle WHERE strpos(lower(t::text), needle) > 0)`,
        [needles],
      );
      if (row!.hits > 0) found.push(name);
    }
    return found;
  });
}

/** Files below a directory that hold a value, as bytes or as text. */
function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return filesWith(path, text);
    const bytes = readFileSync(path);
    return bytes.includes(Buffer.from(text, 'hex')) || bytes.includes(text) ? [path] : [];
  });
}

describe('an erasure by two persons', () => {
  describe('when its statement is published and its bytes are still there', () => {
    it('has removed the record, and a replay from zero and one that is taken up meet what is left', async () => {
      const { json } = await replay.audit('fresh');
      expect(json).toMatchObject({ met: true, erasedLines: 3, differences: [], roundsHidden: 3 });
      expect(filesWith(join(replay.directory, 'before'), ERASED).length).toBeGreaterThan(0);
      const again = await replay.audit('before');
      expect(again.json).toMatchObject({ met: true, erasedLines: 3, statements: json.statements });
    });
  });

  describe('when a signed checkpoint covers it', () => {
    beforeAll(() => eraser.purge());

    it('leaves the value in no table but packs, which the horizon takes', async () => {
      expect(await tablesWith(ERASED)).toEqual(['cairn.pack']);
      expect(await tablesWith(KEPT)).toEqual(
        expect.arrayContaining(['cairn.record', 'cairn.signal', 'cairn.submission']),
      );
    });

    it('is replayed from the evidence that is left, and the same comes out', async () => {
      const { code, json } = await replay.audit('after');
      expect([code, json]).toMatchObject([0, { met: true, erasedLines: 3, roundsHidden: 3 }]);
      expect((await replay.audit('before')).json).toMatchObject({ met: true, erasedLines: 3 });
      const { alpha } = replay.members;
      expect((await replay.replayAs(alpha)).json).toMatchObject({ met: true, erasedLines: 3 });
    });

    it('lets the same value be said again, which begins anew', async () => {
      await replay.submit(replay.members.bravo, [assertion('sha256', ERASED)]);
      expect(await linesAbout(ERASED)).toHaveLength(1);
      expect((await replay.audit('after')).json).toMatchObject({ met: true });
    });
  });
});
