import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PersonClient, readHubPolicy, type Difference, type HttpOptions } from '#libs/client';
import {
  commitment,
  decodeAuthor,
  decodeContent,
  decodeDecisionColumn,
  decodeStatement,
  decisionsRoot,
  encodeAuthor,
  encodeContent,
  encodeDecisionColumn,
  encodeStatement,
  fromHex,
  REMOVAL_REASON,
  toHex,
  type Change,
  type ShownSubmission,
} from '#libs/protocol';
import { LyingHub, type Lies } from './lying-hub.js';
import { OTHER_METADATA, rollupAttacks } from './replay-rollup-attacks.js';
import { ReplayHub, value } from './replay-hub.js';

let replay: ReplayHub;
let runs = 0;

beforeAll(async () => {
  replay = await ReplayHub.start();
  await replay.history();
  await replay.growBeyondRollups();
});
afterAll(() => replay.close());

const asks = async (lies: Lies): Promise<HttpOptions> => (await LyingHub.of(replay.hub, lies)).http;
const audit = async (http: HttpOptions, more: readonly string[] = []) =>
  replay.audit(`attack-${runs++}`, { http, more });

/** What an auditor's replay says of a hub that lies; nothing that it prints holds a value. */
async function differencesOf(lies: Lies): Promise<Difference[]> {
  const { code, json, err } = await audit(await asks(lies));
  expect([code, err]).toEqual([4, '']);
  expect(JSON.stringify(json)).not.toContain(value(1).slice(0, 40));
  return json.differences;
}

const isOf =
  (n: number) =>
  ({ key }: Change): boolean =>
    toHex(key) === value(n);
const metadataOf = (changes: readonly Change[]): Uint8Array => {
  const [first] = changes.flatMap((change) => (change.op === 'remove' ? [] : [change.metadata]));
  return first!;
};

/** Log indexes of all submissions. */
async function submissions(): Promise<number[]> {
  const rows = await replay.hub.database.admin.read('indexes', 'system:test', (tx) =>
    tx.query<{ index: number }>('SELECT log_index::float8 AS index FROM cairn.submission ORDER BY log_index'),
  );
  return rows.map(({ index }) => index);
}

describe('replay against a lying hub', () => {
  describe('when everything is made anew, and nothing is a lie', () => {
    it('meets every set root', async () => {
      const { code, json } = await audit(await asks({}));
      expect([code, json.differences]).toEqual([0, []]);
    });
  });

  describe('when the hub drops an accepted entry from the feed', () => {
    it('names the entry by log index and line, and the round that omits it', async () => {
      const [, , , , , alpha] = await submissions();
      const lies: Lies = { changes: (changes) => changes.filter((change) => !isOf(8)(change)) };
      const differences = await differencesOf(lies);
      expect(differences[0]).toMatchObject({
        kind: 'omitted',
        feed: 'csam',
        type: 'sha256',
        index: alpha,
        line: 1,
      });
      expect(differences[0]!.round).toEqual(expect.any(Number));
      expect(differences.every(({ kind }) => kind === 'omitted')).toBe(true);
    });

    it('prints the value for who asks for it, and keeps none with the evidence', async () => {
      const http = await asks({ changes: (changes) => changes.filter((change) => !isOf(8)(change)) });
      const { json } = await audit(http, ['--show-values']);
      expect(json.differences[0].key).toBe(value(8));
      const kept = readFileSync(join(json.evidence, 'differences.json'), 'utf8');
      expect(kept).toContain('omitted');
      expect(kept).not.toContain(value(8).slice(0, 40));
      expect(readdirSync(json.evidence).filter((name) => name.endsWith('.note'))).toHaveLength(3);
    });

    it('sees it from the author’s own side, too', async () => {
      const http = await asks({ changes: (changes) => changes.filter((change) => !isOf(8)(change)) });
      const { code, json } = await replay.replayAs(replay.members.alpha, http);
      expect([code, json.differences[0]]).toMatchObject([4, { kind: 'omitted', feed: 'csam', line: 1 }]);
    });
  });

  describe('when the hub inserts a hash that nobody submitted', () => {
    it('says that nothing in the log leads to it', async () => {
      const add = (changes: Change[]): Change[] => [
        ...changes,
        { op: 'add', key: fromHex(value(99))!, metadata: metadataOf(changes), value: new Uint8Array(0) },
      ];
      const lies: Lies = {
        changes: (changes, { feed, round }) => (feed === 'csam' && round === 1 ? add(changes) : changes),
      };
      const differences = await differencesOf(lies);
      expect(differences).toMatchObject([
        { kind: 'invented', feed: 'csam', round: 1, type: 'sha256', index: null },
      ]);
    });
  });

  describe('when the hub publishes other metadata than follow from the log', () => {
    it('names the record’s entry and the round', async () => {
      const [first] = await submissions();
      const change = (changes: Change[]): Change[] =>
        changes.map((one) => (isOf(1)(one) && one.op === 'add' ? { ...one, metadata: OTHER_METADATA } : one));
      const differences = await differencesOf({
        changes: (all, { round }) => (round === 1 ? change(all) : all),
      });
      expect(differences[0]).toMatchObject({
        kind: 'wrong_metadata',
        feed: 'csam',
        round: 1,
        index: first,
        line: 0,
      });
    });
  });

  describe('when the hub gives another reason for a removal', () => {
    it('says so, though no set root shows it', async () => {
      const reason = REMOVAL_REASON.legal;
      const lies: Lies = {
        changes: (all) => all.map((one) => (one.op === 'remove' ? { ...one, reason } : one)),
      };
      const differences = await differencesOf(lies);
      expect(new Set(differences.map(({ kind }) => kind))).toEqual(new Set(['wrong_reason']));
    });
  });

  describe('when the hub keeps what a retraction, a revocation or a recall ended', () => {
    it('says that the removal is omitted', async () => {
      const differences = await differencesOf({ changes: (all) => all.filter(({ op }) => op !== 'remove') });
      expect(differences.length).toBeGreaterThan(2);
      expect(differences.every(({ kind }) => kind === 'omitted' || kind === 'wrong_operation')).toBe(true);
      expect(differences[0]!.detail).toContain('no pack removes it');
    });
  });

  describe('when a leaf of the feed lies about a set root', () => {
    it('names the first round whose root the packs do not lead to', async () => {
      const lies: Lies = {
        falseRoot: ({ feed, round, type }) => feed === 'csam' && round === 2 && type === 'sha256',
      };
      const differences = await differencesOf(lies);
      expect(differences).toMatchObject([{ kind: 'wrong_set_root', feed: 'csam', round: 2, type: 'sha256' }]);
    });
  });

  rollupAttacks(differencesOf, isOf(8));

  describe('when a pack is announced and not served', () => {
    it('names its round, and compares the other types all the same', async () => {
      const honest = await asks({});
      let served = 0;
      const http: HttpOptions = {
        ...honest,
        fetch: async (url, init) => {
          if (!String(url).includes('/csam/pack/') || served++ > 0) return honest.fetch!(url, init);
          return new Response('', { status: 404 });
        },
      };
      const { code, json } = await audit(http);
      expect(code).toBe(4);
      expect(json.differences).toMatchObject([{ kind: 'wrong_pack', feed: 'csam', round: 1 }]);
    });
  });

  describe('when the hub shows nothing, or not all, of a submission', () => {
    it.each<[string, (shown: ShownSubmission) => ShownSubmission | null]>([
      ['nothing', () => null],
      ['no lines', (shown) => ({ ...shown, lines: null })],
      ['no author', (shown) => ({ ...shown, author: null, manifest: null })],
      ['no decisions', (shown) => ({ ...shown, content: null, decisions: null })],
    ])('names the submission of which it shows %s', async (_, change) => {
      const [, , third] = await submissions();
      const differences = await differencesOf({
        evidence: (shown) => (shown.index === third ? change(shown) : shown),
      });
      expect(differences[0]).toMatchObject({ kind: 'evidence_missing', index: third });
    });
  });

  describe('when what is shown is not what the leaf commits to', () => {
    it.each<[string, (shown: ShownSubmission, other: ShownSubmission) => ShownSubmission]>([
      ['another content body', (shown, other) => ({ ...shown, content: other.content })],
      ['another author body', (shown, other) => ({ ...shown, author: other.author })],
      ['another manifest', (shown, other) => ({ ...shown, manifest: other.manifest })],
      ['other lines', (shown, other) => ({ ...shown, lines: other.lines })],
      ['one byte of a line', (shown) => ({ ...shown, lines: shown.lines!.with(20, shown.lines![20]! ^ 1) })],
      ['other decisions', (shown) => ({ ...shown, decisions: shown.decisions!.with(7, 9) })],
    ])('refuses %s', async (_, change) => {
      const [first, , third] = await submissions();
      let other: ShownSubmission | undefined;
      const evidence = (shown: ShownSubmission): ShownSubmission => {
        if (shown.index === first) other = shown;
        return shown.index === third ? change(shown, other!) : shown;
      };
      const differences = await differencesOf({ evidence });
      expect(differences[0]).toMatchObject({ kind: 'evidence_invalid', index: third });
    });
  });

  describe('when the order is another than the hub says', () => {
    it('names the decision whose prev skips an earlier submission', async () => {
      const differences = await differencesOf(await forged({ prev: null }));
      expect(differences[0]).toMatchObject({
        kind: 'wrong_order',
        line: 0,
        detail: expect.stringContaining('prev'),
      });
    });

    it('names the submission whose counter leaves a gap: one before it was dropped', async () => {
      const differences = await differencesOf(await forged({ counter: 7 }));
      expect(differences[0]).toMatchObject({
        kind: 'wrong_order',
        detail: expect.stringContaining('counter'),
      });
    });
  });

  describe('when the provenance log is another than the one the feeds were derived from', () => {
    it('names every round whose log root is none of this log (edited provenance log)', async () => {
      const honest = new Map<string, string[]>();
      await LyingHub.of(replay.hub, {
        rounds: (rounds, feed) => {
          honest.set(
            feed,
            rounds.map(({ log }) => log.root),
          );
          return rounds;
        },
      });
      const differences = await differencesOf({
        leaves: edited,
        rounds: (rounds, feed) =>
          rounds.map((round, i) => ({ ...round, log: { ...round.log, root: honest.get(feed)![i]! } })),
      });
      expect(differences[0]).toMatchObject({ kind: 'wrong_log_root' });
    });

    it('proves the fork to who replayed before, keeps both notes and stops', async () => {
      const before = await asks({});
      expect((await replay.audit('forked', { http: before })).code).toBe(0);
      const after = await asks({ leaves: (leaves) => [...edited(leaves), leaves.at(-1)!] });
      const { code, err } = await replay.audit('forked', { http: after });
      expect([code, JSON.parse(err)]).toMatchObject([7, { error: { code: 'LOG_FORK' } }]);
      const stopped = await replay.audit('forked', { http: before });
      expect(JSON.parse(stopped.err)).toMatchObject({ error: { code: 'LOG_STOPPED' } });
    });

    it('refuses a log that got shorter', async () => {
      expect((await replay.audit('shorter', { http: await asks({}) })).code).toBe(0);
      const after = await asks({
        leaves: (leaves) => leaves.slice(0, -1),
        rounds: (rounds) => rounds.slice(0, 1),
      });
      const { code, err } = await replay.audit('shorter', { http: after });
      expect([code, JSON.parse(err)]).toMatchObject([4, { error: { code: 'LOG_ROLLBACK' } }]);
    });
  });

  describe('when leaves are hidden', () => {
    it('refuses a log whose leaves do not reach its checkpoint (server hides last leaves)', async () => {
      const honest = await asks({});
      const http: HttpOptions = {
        ...honest,
        fetch: (url, init) =>
          String(url).includes('/log/tile/entries/')
            ? Promise.resolve(new Response('', { status: 404 }))
            : honest.fetch!(url, init),
      };
      const { code, err } = await audit(http);
      expect([code, JSON.parse(err)]).toMatchObject([4, { error: { code: 'LOG_GAP' } }]);
    });

    it('says that rounds are hidden which the log anchors', async () => {
      const rounds: Lies['rounds'] = (all, feed) => (feed === 'csam' ? all.slice(0, -1) : all);
      const differences = await differencesOf({ rounds, keepAnchors: true });
      const anchors = differences.filter(({ kind }) => kind === 'wrong_anchor');
      expect(anchors).toMatchObject([{ feed: 'csam', detail: expect.stringContaining('hidden') }]);
    });

    it('takes a change that no round announces for late at first, and for omitted after five minutes', async () => {
      const http = await asks({ rounds: (all, feed) => (feed === 'csam' ? all.slice(0, -1) : all) });
      const path = replay.policyFile();
      const hub = readHubPolicy(readFileSync(path), path, { allowHttp: true });
      const person = new PersonClient({ home: replay.auditor, http });
      const run = (minutes: number) =>
        person.replay(hub, 'late', {
          work: join(replay.directory, `late-${minutes}`),
          now: () => Date.now() + minutes * 60_000,
        });
      expect(await run(0)).toMatchObject({ met: true, pending: 1 });
      expect((await run(6)).differences).toMatchObject([{ kind: 'omitted', feed: 'csam', round: null }]);
    });
  });
});

/** The founding statements with another time: nothing of it breaks a rule. */
function edited(leaves: Uint8Array[]): Uint8Array[] {
  return leaves.map((leaf, index) => {
    const statement = decodeStatement(leaf);
    return index === 0 ? encodeStatement({ ...statement, time: statement.time - 1 }) : leaf;
  });
}

/** A submission whose bodies were made anew around a lie, and the leaf with them. */
async function forged(lie: { prev: null } | { counter: number }): Promise<Lies> {
  const at = (await submissions())[5]!;
  const change = (shown: ShownSubmission): ShownSubmission => {
    if (shown.index !== at) return shown;
    const content = decodeContent(shown.content!);
    const author = decodeAuthor(shown.author!);
    const decisions = decodeDecisionColumn(shown.decisions!);
    if ('prev' in lie) decisions[0]!.prev = null;
    else author.counter = lie.counter;
    const bodies = {
      content: encodeContent({ ...content, decisions: decisionsRoot(decisions) }),
      author: encodeAuthor(author),
    };
    return { ...shown, ...bodies, decisions: encodeDecisionColumn(decisions) };
  };
  const [shown] = await replay.shown(at);
  const { content, author } = change(shown!);
  const leaves = (all: Uint8Array[]): Uint8Array[] =>
    all.map((one, index) => {
      const statement = decodeStatement(one);
      if (index !== at || statement.kind !== 'submission') return one;
      return encodeStatement({ ...statement, content: commitment(content!), author: commitment(author!) });
    });
  return { leaves, evidence: change };
}
