import { feedOrigin, provenanceOrigin, readLeaves } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import {
  type Change,
  decodeAuthor,
  decodeContent,
  decodeStatement,
  decodeMetadata,
  emptyState,
  encodePack,
  fromHex,
  packDigest,
  joinErasedLines,
  parseEntry,
  parseStrictJson,
  project,
  type ProjectionState,
  type RecordChange,
  readRound,
  RecordSet,
  type Round,
  signalTypeByName,
  sortChanges,
  type SubmissionEvidence,
  toHex,
  VERDICTS,
  DECISION_CODES,
  type Decision,
} from '#libs/protocol';

/** What a replay found; it throws at the first set root that is not met. */
export interface Replayed {
  statements: number;
  rounds: number;
  rootsMet: number;
}

/**
 * Replays the whole provenance log from zero with the pure projection and meets every set root of every feed. It reads bodies and
 * submissions from the database, as an auditor would over the wire, and none of the projected tables.
 */
export async function replay(database: Database, hub: string): Promise<Replayed> {
  return database.read('replay', 'system:test', async (tx) => {
    const size = await logSize(tx, provenanceOrigin(hub));
    const leaves = await readLeaves(tx, provenanceOrigin(hub), 0, size);
    const rounds = await readRounds(tx, hub);
    const sets = new FeedSets(await readErasures(tx));
    let state = emptyState();
    let rootsMet = 0;
    for (const round of rounds) {
      const changes: RecordChange[] = [];
      while (state.size < round.log.size) {
        const step = project(state, await inputAt(tx, state.size, leaves[state.size]!));
        state = step.state;
        changes.push(...step.changes);
      }
      sets.collect(changes);
      rootsMet += sets.publish(round, state);
    }
    while (state.size < size)
      state = project(state, await inputAt(tx, state.size, leaves[state.size]!)).state;
    return { statements: size, rounds: rounds.length, rootsMet };
  });
}

/** The pure projection of the first `size` statements. */
export async function projectedTo(database: Database, hub: string, size: number): Promise<ProjectionState> {
  return database.read('project', 'system:test', async (tx) => projectOn(tx, hub, emptyState(), size));
}

/** Projects on from a state up to `size` statements. */
export async function projectOn(
  tx: Tx,
  hub: string,
  from: ProjectionState,
  size: number,
): Promise<ProjectionState> {
  const leaves = await readLeaves(tx, provenanceOrigin(hub), 0, size);
  let state = from;
  while (state.size < size) state = project(state, await inputAt(tx, state.size, leaves[state.size]!)).state;
  return state;
}

async function logSize(tx: Tx, origin: string): Promise<number> {
  const [row] = await tx.query<{ size: number }>(
    'SELECT size::float8 AS size FROM cairn.log WHERE origin = $1',
    [origin],
  );
  return row!.size;
}

/** Rounds of all feeds in the order in which they were published. */
async function readRounds(tx: Tx, hub: string): Promise<Round[]> {
  const feeds = await tx.query<{ feed: string; size: number }>(
    'SELECT feed, size::float8 AS size FROM cairn.log WHERE feed IS NOT NULL',
  );
  const rounds: Round[] = [];
  for (const { feed, size } of feeds) {
    for (const leaf of await readLeaves(tx, feedOrigin(hub, feed), 0, size)) {
      const text = new TextDecoder().decode(leaf);
      rounds.push(readRound(parseStrictJson(text), text));
    }
  }
  return rounds.sort((a, b) => a.log.size - b.log.size);
}

async function inputAt(tx: Tx, index: number, leaf: Uint8Array) {
  const statement = decodeStatement(leaf);
  return statement.kind === 'submission'
    ? { statement, submission: await evidence(tx, index) }
    : { statement };
}

async function evidence(tx: Tx, index: number): Promise<SubmissionEvidence> {
  const [row] = await tx.query<{ content: Buffer; author: Buffer; entries: Buffer; count: number }>(
    `SELECT content_body AS content, author_body AS author, entries, entry_count AS count
       FROM cairn.submission WHERE log_index = $1`,
    [index],
  );
  const decided = await tx.query<{ verdict: number; code: number; prev: number | null }>(
    `SELECT verdict, code, prev::float8 AS prev FROM (
       SELECT line, verdict, code, prev FROM cairn.entry WHERE log_index = $1
       UNION ALL
       SELECT line, verdict, code, prev FROM cairn.erased_line WHERE log_index = $1 AND erased_index IS NOT NULL) d ORDER BY line`,
    [index],
  );
  const blank = await tx.query<{ line: number }>(
    'SELECT line FROM cairn.erased_line WHERE log_index = $1 AND leaf_hash IS NOT NULL ORDER BY line',
    [index],
  );
  // What the log says is erased is void from the start, whether or not its bytes are still there.
  const erased = await tx.query<{ line: number }>(
    `SELECT g.line FROM cairn.erased_line g JOIN cairn.erasure a ON a.id = g.erasure_id
      WHERE g.log_index = $1 AND a.log_index IS NOT NULL`,
    [index],
  );
  const decisions = decided.map(({ verdict, code, prev }): Decision => {
    return { verdict: VERDICTS[verdict]!, code: DECISION_CODES[code - 1] ?? null, prev };
  });
  return {
    content: decodeContent(row!.content),
    author: decodeAuthor(row!.author),
    entries: joinErasedLines(row!.entries, blank, row!.count)!.map((bytes, line) =>
      bytes === null || erased.some((one) => one.line === line) ? null : parseEntry(bytes),
    ),
    decisions,
  };
}

/** Between a line and its erasure a feed announced what no replay comes to any more. */
interface ErasedSpan {
  channel: string;
  from: number;
  to: number;
}

async function readErasures(tx: Tx): Promise<ErasedSpan[]> {
  return tx.query<ErasedSpan>(
    `SELECT DISTINCT c.name AS channel, g.log_index::float8 AS from, a.log_index::float8 AS to
       FROM cairn.erased_line g JOIN cairn.erasure a ON a.id = g.erasure_id JOIN cairn.channel c ON c.id = g.channel_id
      WHERE a.log_index IS NOT NULL`,
  );
}

/** The sets of all feeds, with the changes that no round has published yet. */
class FeedSets {
  private readonly sets = new Map<string, RecordSet>();
  private readonly stale = new Set<string>();
  private readonly roots = new Map<string, string>();

  constructor(private readonly erasures: readonly ErasedSpan[]) {}

  private readonly pending = new Map<string, Map<string, RecordChange>>();

  /** Several changes of one signal between two rounds are one: from the first state to the last. */
  collect(changes: readonly RecordChange[]): void {
    for (const change of changes) {
      const place = `${change.channel}/${change.type}`;
      const byKey = this.pending.get(place) ?? new Map<string, RecordChange>();
      this.pending.set(place, byKey);
      const earlier = byKey.get(toHex(change.key));
      byKey.set(toHex(change.key), {
        ...change,
        before: earlier === undefined ? change.before : earlier.before,
      });
    }
  }

  /** Applies what is pending for the feed of a round; @returns how many set roots were compared. */
  publish(round: Round, state: ProjectionState): number {
    for (const { type, root } of round.kind === 'round' ? round.changes : [])
      this.roots.set(`${round.feed}/${type}`, root);
    const isWithin = ({ channel, from, to }: ErasedSpan): boolean =>
      channel === round.feed && from < round.log.size && round.log.size <= to;
    if (this.erasures.some(isWithin)) {
      this.stale.add(round.feed);
      return 0;
    }
    return this.stale.delete(round.feed) ? this.meetWhole(round, state) : this.meetChanges(round, state);
  }

  /** After an erasure all records are looked at, since nobody can tell any more which it concerned. */
  private meetWhole({ feed, log }: Round, state: ProjectionState): number {
    const { signals } = state.channels.get(feed)!;
    const announced = [...this.roots.keys()].filter((place) => place.startsWith(`${feed}/`));
    const places = [...new Set([...announced, ...[...signals.keys()].map((type) => `${feed}/${type}`)])];
    for (const place of places) {
      this.pending.delete(place);
      const type = place.slice(feed.length + 1);
      const held = [...(signals.get(type)?.values() ?? [])].filter(({ metadata }) => metadata !== null);
      const { keyLength } = signalTypeByName(type)!;
      const adds = held.map(({ key, metadata }): Change => ({
        op: 'add',
        key,
        metadata: metadata!,
        value: new Uint8Array(0),
      }));
      const set = RecordSet.empty({ type, keyLength, hasValues: false }).apply(sortChanges(adds));
      this.sets.set(place, set);
      const root =
        this.roots.get(place) ?? toHex(RecordSet.empty({ type, keyLength, hasValues: false }).root);
      if (toHex(set.root) !== root)
        throw new Error(
          `feed ${feed}, type ${type}, log size ${log.size}: the root after an erasure is not met`,
        );
    }
    return places.length;
  }

  private meetChanges(round: Round, state: ProjectionState): number {
    const announced = new Map(
      round.kind === 'round' ? round.changes.map((change) => [change.type, change]) : [],
    );
    for (const [place, byKey] of this.pending) {
      const [channel, type] = place.split('/') as [string, string];
      if (channel !== round.feed) continue;
      this.pending.delete(place);
      const signals = state.channels.get(channel)!.signals.get(type)!;
      // The reason is the one at the end of the round: an event after the removal may have given another.
      const atEnd = [...byKey].map(([key, change]) => ({ ...change, reason: signals.get(key)!.reason }));
      const changes = atEnd.map(toChange).filter((change) => change !== null);
      if (changes.length === 0) continue;
      const before = this.setOf(place, type);
      const sorted = sortChanges(changes);
      const set = before.apply(sorted);
      this.sets.set(place, set);
      const claim = announced.get(type);
      announced.delete(type);
      if (claim?.root !== toHex(set.root) || claim.count !== set.count) {
        throw new Error(`feed ${channel}, type ${type}, log size ${round.log.size}: the set root is not met`);
      }
      // The reasons of removals are in packs and not in set roots.
      const pack = encodePack({ ...before.shape, from: before.root, to: set.root, changes: sorted });
      if (claim.packs.length === 1 && claim.packs[0]!.digest !== packDigest(pack)) {
        throw new Error(`feed ${channel}, type ${type}, log size ${round.log.size}: the pack is another`);
      }
    }
    if (announced.size > 0) throw new Error(`feed ${round.feed}: a change without a cause in the log`);
    return round.kind === 'round' ? round.changes.length : 0;
  }

  private setOf(place: string, type: string): RecordSet {
    const { keyLength } = signalTypeByName(type)!;
    return this.sets.get(place) ?? RecordSet.empty({ type, keyLength, hasValues: false });
  }
}

function toChange({ key, before, after, reason }: RecordChange): Change | null {
  if (after === null) return before === null ? null : { op: 'remove', key, reason };
  if (before === null) return { op: 'add', key, metadata: after, value: new Uint8Array(0) };
  return toHex(before) === toHex(after) ? null : { op: 'update', key, metadata: after };
}

/** Supporters that a record of a replayed or published set shows. */
export function supportersOf(metadata: string): number {
  return decodeMetadata(fromHex(metadata)!).supporters;
}

export type { ProjectionState };
