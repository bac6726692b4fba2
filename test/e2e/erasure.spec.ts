import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  decodeStatement,
  encodeStatement,
  splitLines,
  type Change,
  type ShownSubmission,
} from '#libs/protocol';
import { HorizonMover } from '#libs/feed';
import { purgeErased } from '#libs/provenance';
import { leafHash } from '#libs/tlog';
import { assertion } from './api-hub.js';
import { cairnIn, loggedIn } from './cli-session.js';
import { LyingHub, type Lies } from './lying-hub.js';
import { ReplayHub, value } from './replay-hub.js';

const ERASED = value(0xabcdef);
const KEPT = value(0xfedcba);
/** Of this value one line is erased, and another member still names it. */
const PARTLY = value(0xbcdefa);

let replay: ReplayHub;
let vera: string;
let alice: string;
/** Size of the feed before anything was erased. */
let sizeBefore: number;

beforeAll(async () => {
  replay = await ReplayHub.start();
  vera = await loggedIn(replay.hub, join(replay.directory, 'vera'), 'vera');
  alice = await loggedIn(replay.hub, join(replay.directory, 'alice'), 'alice');
  const { alpha, bravo, hotline } = replay.members;
  const say = (...values: string[]) => values.map((one) => assertion('sha256', one));
  await replay.submit(hotline, say(ERASED, KEPT, PARTLY));
  await replay.submit(alpha, say(KEPT, ERASED, PARTLY), { attribution: 'named' });
  await replay.submit(bravo, say(ERASED));
  expect((await replay.audit('before')).json).toMatchObject({ met: true, erasedLines: 0 });
  for (const work of ['misfit', 'unreadable'])
    cpSync(join(replay.directory, 'before'), join(replay.directory, work), { recursive: true });
});
afterAll(() => replay.close());

const erase = (home: string, ...args: string[]) => cairnIn(home, ['staff', 'erase', ...args]);
const WHY = ['--reason', 'data-subject', '--justification', 'Request 12 of a person concerned.'];
const about = (text: string) => ['--type', 'sha256', '--value', text, '--channels', 'csam'];

const toSee = (text: string) => ['--type', 'sha256', '--value', text, '--channel', 'csam'];

/** Has one person ask and another confirm, and the statement logged. */
async function eraseByTwo(what: readonly string[], seen: readonly string[] = []): Promise<void> {
  const asked = await erase(vera, 'request', ...WHY, ...what);
  expect(asked.code).toBe(0);
  const { id, digest } = asked.json as { id: string; digest: string };
  expect((await erase(alice, 'confirm', id, '--digest', digest, ...seen)).code).toBe(0);
  await replay.hub.settle();
}

async function purge(): Promise<void> {
  const { worker, config } = replay.hub;
  while ((await purgeErased(worker, { hub: config.origin, delayHours: 0 })) !== null);
}

const DELTA = `query ($after: SafeInt!) { feedDelta(feed: "csam", type: "sha256", after: $after, first: 1000) {
  __typename ... on FeedDeltaPage { to last changes { op value reason } } } }`;

/** What a member reads of the feed who has read it up to a size. */
async function delta(after: number) {
  return (await replay.hub.graphql(replay.members.alpha, DELTA, { after })).body.data.feedDelta;
}

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

/** Tables of which a row, as text, holds a value: as hex, or as the hex of its text. */
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

/** The same without the bytes of any line. */
function hideAll(shown: ShownSubmission): ShownSubmission {
  if (shown.lines === null || shown.lines.length === 0) return shown;
  const lines = splitLines(shown.lines);
  const count = lines.length + shown.erased.length;
  const left = [...Array(count).keys()].filter((line) => !shown.erased.some((one) => one.line === line));
  const hidden = lines.map((line, at) => ({ line: left[at]!, hash: leafHash(line) }));
  const erased = [...shown.erased, ...hidden].sort((a, b) => a.line - b.line);
  return { ...shown, lines: new Uint8Array(0), erased };
}

/** Packs in which something else is in the place of each removal by an erasure. */
function withoutErasure(other: (change: Change & { op: 'remove' }) => Change[]): Lies['changes'] {
  return (changes) =>
    changes.flatMap((change) => (change.op === 'remove' && change.reason === 10 ? other(change) : [change]));
}

/** A log in which the first erasure stands twice. */
function eraseTwice(leaves: Uint8Array[]): Uint8Array[] {
  const at = leaves.findIndex((leaf) => decodeStatement(leaf).kind === 'erase');
  const { time } = decodeStatement(leaves.at(-1)!);
  return [...leaves, encodeStatement({ ...decodeStatement(leaves[at]!), time })];
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

describe('an erasure', () => {
  describe('when it is asked for', () => {
    it('is refused for lines that there are not, or with the value among the words', async () => {
      const unknown = await erase(vera, 'request', ...WHY, '--lines', '0.0');
      expect([unknown.code, unknown.err]).toEqual([3, expect.stringContaining('NOT_FOUND')]);
      for (const told of [ERASED, ERASED.replaceAll(/.{8}/g, '$&: ')]) {
        const words = ['--reason', 'legal', '--justification', `about ${told}`];
        const refused = await erase(vera, 'request', ...words, ...about(ERASED));
        expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('BAD_INPUT')]);
      }
    });

    it('is refused when an earlier word could stand again, whoever said it', async () => {
      const { alpha, hotline } = replay.members;
      const twice = value(0x77);
      for (const author of [hotline, alpha]) await replay.submit(author, [assertion('sha256', twice)]);
      const [, second] = await linesAbout(twice);
      const asked = await erase(vera, 'request', ...WHY, '--lines', `${second!.index}.${second!.line}`);
      expect([asked.code, asked.err]).toEqual([3, expect.stringContaining('NOT_ALLOWED')]);
    });

    it('takes an approver, who is another and names the version that was shown', async () => {
      const { json } = await erase(alice, 'request', ...WHY, ...about(KEPT));
      const { id, digest } = json as { id: string; digest: string };
      for (const [home, named, code] of [
        [alice, digest, 'SAME_PERSON'],
        [vera, digest, 'is not for this caller'],
        [alice, '00'.repeat(32), 'CHANGED'],
      ] as const) {
        const refused = await erase(home, 'confirm', id, '--digest', named);
        expect([refused.code, refused.err]).toEqual([3, expect.stringContaining(code)]);
      }
      const [first] = await linesAbout(KEPT);
      const part = await erase(vera, 'request', ...WHY, '--lines', `${first!.index}.${first!.line}`);
      for (const [asked, text] of [
        [json, ERASED],
        [part.json, KEPT],
      ]) {
        const named = ['confirm', asked.id, '--digest', asked.digest];
        const { err } = await erase(alice, ...named, ...toSee(text));
        expect(err).toContain('does not name exactly the lines about the value');
      }
      expect((await erase(vera, 'withdraw', id)).code).toBe(0);
      const gone = await erase(alice, 'confirm', id, '--digest', digest);
      expect([gone.code, gone.err]).toEqual([3, expect.stringContaining('ILLEGAL_MOVE')]);
    });
  });

  describe('when its statement is published and its bytes are still there', () => {
    beforeAll(async () => {
      sizeBefore = (await delta(0)).to;
      const [first] = await linesAbout(PARTLY);
      await eraseByTwo(['--lines', `${first!.index}.${first!.line}`]);
      await eraseByTwo(about(ERASED), toSee(ERASED));
    });

    it('shows whoever pulls the removal, and that it was erased', async () => {
      const { changes } = await delta(sizeBefore);
      expect(changes).toContainEqual({ op: 'REMOVED', value: ERASED, reason: 'erased' });
    });

    it('erases each line once', async () => {
      const [place] = await replay.hub.database.admin.read('erased', 'system:test', (tx) =>
        tx.query<{ place: string }>(`SELECT log_index || '.' || line AS place FROM cairn.erased_line`),
      );
      const again = await erase(vera, 'request', ...WHY, '--lines', place!.place);
      expect([again.code, again.err]).toEqual([3, expect.stringContaining('TAKEN')]);
    });

    it('has removed the record, and a replay from zero and one that is taken up meet what is left', async () => {
      const { json } = await replay.audit('fresh');
      expect(json).toMatchObject({ met: true, erasedLines: 4, differences: [] });
      expect(json.roundsHidden).toBeGreaterThan(0);
      expect(filesWith(join(replay.directory, 'before'), ERASED).length).toBeGreaterThan(0);
      const again = await replay.audit('before');
      expect(again.json).toMatchObject({ met: true, erasedLines: 4, statements: json.statements });
    });
  });

  describe('when a signed checkpoint covers it', () => {
    beforeAll(purge);

    it('leaves the value in no table but packs, which the horizon takes', async () => {
      expect(await tablesWith(ERASED)).toEqual(['cairn.pack']);
      const everywhere = ['cairn.record', 'cairn.signal', 'cairn.submission'];
      expect(await tablesWith(KEPT)).toEqual(expect.arrayContaining(everywhere));
      const listed = await erase(replay.auditor, 'list');
      expect(listed.out).not.toContain(ERASED);
      const left = (listed.json.edges as { node: { valuesLeft: number | null } }[]).map(
        ({ node }) => node.valuesLeft,
      );
      expect(left.slice(0, 2)).toEqual([0, 1]);
      expect(left.slice(2).every((count) => count === null)).toBe(true);
    });

    it('is replayed from the evidence that is left, and the same comes out', async () => {
      const { code, json } = await replay.audit('after');
      expect([code, json]).toMatchObject([0, { met: true, erasedLines: 4 }]);
      expect((await replay.audit('before')).json).toMatchObject({ met: true, erasedLines: 4 });
      const { alpha } = replay.members;
      expect((await replay.replayAs(alpha)).json).toMatchObject({ met: true, erasedLines: 4 });
    });

    it('is told in the history of a value that another member still names, and nothing of one that nobody does', async () => {
      const trace = (text: string) =>
        cairnIn(replay.auditor, [
          'audit',
          'trace',
          'sha256',
          text,
          '--channel',
          'csam',
          '--staff',
          '--policy',
          replay.policyFile(),
        ]);
      const { code, json } = await trace(PARTLY);
      const kinds = (json.events as { kind: string }[]).map(({ kind }) => kind);
      expect([code, json.complete, kinds]).toEqual([0, true, ['ERASED', 'ASSERTION', 'ERASURE']]);
      expect(json.events[0]).toMatchObject({ author: null, reason: null, endedBy: json.events[2].index });
      expect(json.events[2]).toMatchObject({ reason: 'data_subject' });
      expect((await trace(ERASED)).err).toEqual((await trace(value(0x123456))).err);
    });

    it('leaves the disks of those whose work cannot be gone on with, too', async () => {
      writeFileSync(join(replay.directory, 'unreadable', 'progress.json'), '{');
      for (const [work, more] of [
        ['misfit', ['--from-state']],
        ['unreadable', []],
      ] as const) {
        const spill = join(replay.directory, work, 'spill');
        expect(readFileSync(spill).includes(Buffer.from(ERASED, 'hex'))).toBe(true);
        const { err } = await replay.audit(work, { more });
        expect([work, err]).toEqual([work, expect.stringContaining('STORE_INVALID')]);
        expect(existsSync(spill)).toBe(false);
      }
    });

    it('refuses the proof of an erased line, and still proves the others of its submission', async () => {
      const out = join(replay.directory, 'proof');
      const prove = (text: string, index: number) =>
        cairnIn(replay.auditor, [
          ...['audit', 'prove', 'sha256', text, '--channel', 'csam', '--index', String(index), '--out', out],
          ...['--purpose', 'to see', '--policy', replay.policyFile()],
        ]);
      const [kept] = await linesAbout(KEPT);
      const refused = await prove(PARTLY, kept!.index);
      expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('ERASED')]);
      expect((await prove(KEPT, kept!.index)).code).toBe(0);
    });

    it.each<[string, string, Lies]>([
      ['hides a line that nobody erased', 'evidence_missing', { evidence: hideAll }],
      ['keeps the record', 'omitted', { changes: withoutErasure(() => []) }],
      [
        'gives the removal another reason',
        'wrong_reason',
        { changes: withoutErasure((change) => [{ ...change, reason: 2 }]) },
      ],
      ['erases a line twice', 'invalid_history', { leaves: eraseTwice }],
    ])('finds out a hub that %s', async (name, kind, lies) => {
      const liar = await LyingHub.of(replay.hub, lies);
      const { code, json } = await replay.audit(name, { http: liar.http });
      expect([code, json.differences[0]]).toMatchObject([4, { kind }]);
    });

    describe('and the horizon of the feed has passed it', () => {
      beforeAll(async () => {
        const { hub } = replay;
        const mover = new HorizonMover(hub.worker, hub.config.origin, 0);
        while (await mover.run()) await hub.settle();
      });

      it('leaves the value in no table', async () => {
        expect(await tablesWith(ERASED)).toEqual([]);
        expect(await tablesWith(KEPT)).toEqual(expect.arrayContaining(['cairn.pack', 'cairn.record']));
      });

      it('is replayed from the snapshot on, and the value leaves the disks of those who replay', async () => {
        for (const work of ['horizon', 'before']) {
          const { code, json } = await replay.audit(work);
          expect([code, json]).toMatchObject([0, { met: true, erasedLines: 4 }]);
          expect(json.trust.belowHorizon).toBeGreaterThan(0);
          expect(filesWith(join(replay.directory, work), ERASED)).toEqual([]);
        }
      });

      it('is read without the value by who begins anew', async () => {
        const { changes, last } = await delta(0);
        const values = (changes as { value: string }[]).map((change) => change.value);
        expect([last, values.includes(ERASED), values.includes(KEPT)]).toEqual([true, false, true]);
      });
    });

    it('lets the same value be said again, which begins anew', async () => {
      await replay.submit(replay.members.bravo, [assertion('sha256', ERASED)]);
      expect(await linesAbout(ERASED)).toHaveLength(1);
      expect((await replay.audit('after')).json).toMatchObject({ met: true });
    });
  });
});
