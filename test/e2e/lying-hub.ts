import type { HttpOptions } from '#libs/client';
import { feedOrigin, provenanceOrigin, readLeaves } from '#libs/ledger';
import {
  decodeEvidence,
  decodePack,
  decodeStatement,
  encodeEvidence,
  encodePack,
  encodeRound,
  encodeStatement,
  packChanges,
  packDigest,
  parseStrictJson,
  readRound,
  RecordSet,
  signalTypeByName,
  sortChanges,
  toHex,
  type Change,
  type RollupLeaf,
  type SnapshotLeaf,
  type Round,
  type RoundTypeChange,
  type ShownSubmission,
} from '#libs/protocol';
import { foldRounds, type RollupLies } from '../client/support/fold-rounds.js';
import { TestLog } from '../client/support/test-log.js';
import { wholeSet, type SnapshotLies } from '../client/support/whole-set.js';
import type { TestHub } from './api-hub.js';

/** Where a change is announced. */
export interface ChangePlace {
  readonly feed: string;
  /** Round of the honest feed. */
  readonly round: number;
  readonly type: string;
}

/** How a hub lies; what is not said is as it was. */
export interface Lies {
  /** Other leaves of the provenance log. */
  readonly leaves?: (leaves: Uint8Array[]) => Uint8Array[];
  /** Other evidence; null leaves a submission out. */
  readonly evidence?: (shown: ShownSubmission) => ShownSubmission | null;
  /** Other changes in the packs of a round, from which sets, packs and roots are made anew. */
  readonly changes?: (changes: Change[], place: ChangePlace) => Change[];
  /** Whether the set root after that round is announced as another. */
  readonly falseRoot?: (place: ChangePlace) => boolean;
  /** Other rollups than the folds of these rounds. */
  readonly rollups?: RollupLies;
  /** Other snapshots than the sets that these rounds lead to. */
  readonly snapshots?: SnapshotLies;
  /** Other rounds: some left out, or with other members. */
  readonly rounds?: (rounds: Round[], feed: string) => Round[];
  /** Whether the `published` statements stay as the honest hub wrote them; otherwise they name nothing. */
  readonly keepAnchors?: boolean;
}

const FALSE_ROOT = new Uint8Array(32).fill(0x11);

/**
 * A hub that signs lies: what the honest one has published, changed, made consistent again and signed with the hub's own keys. Nothing that only looks
 * at signatures, hashes and the form of packs can tell it from an honest one.
 */
export class LyingHub {
  private readonly packs = new Map<string, Uint8Array>();

  private constructor(
    private readonly hub: TestHub,
    private readonly log: TestLog,
    private readonly feeds: ReadonlyMap<string, TestLog>,
    private readonly lies: Lies,
  ) {}

  static async of(hub: TestHub, lies: Lies): Promise<LyingHub> {
    const honest = await leavesOf(hub, provenanceOrigin(hub.config.origin));
    const anchored = lies.keepAnchors === true ? honest : honest.map(withoutAnchors);
    const log = new TestLog(provenanceOrigin(hub.config.origin), hub.checkpointSeed);
    log.rewrite((lies.leaves ?? ((leaves) => leaves))(anchored));
    const feeds = new Map<string, TestLog>();
    const liar = new LyingHub(hub, log, feeds, lies);
    for (const feed of ['csam', 'tvec']) feeds.set(feed, await liar.publish(feed));
    return liar;
  }

  /** What a client that asks this hub has. */
  get http(): HttpOptions {
    return {
      attempts: 1,
      fetch: async (url, init) => {
        const { pathname } = new URL(String(url));
        const [, feed, path] = /\/feed\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
        if (feed !== undefined) return answer(await this.feedFile(feed, path!));
        const [, logPath] = /^\/log\/(.+)$/.exec(pathname) ?? [];
        if (logPath !== undefined) return answer(await this.log.file(logPath));
        const honest = await fetch(url, init);
        return pathname.includes('/evidence/') ? this.changeEvidence(honest) : honest;
      },
    };
  }

  private async feedFile(feed: string, path: string): Promise<Uint8Array | null> {
    const [, digest] = /^pack\/([0-9a-f]{64})$/.exec(path) ?? [];
    return digest === undefined ? this.feeds.get(feed)!.file(path) : (this.packs.get(digest) ?? null);
  }

  private async changeEvidence(honest: Response): Promise<Response> {
    const change = this.lies.evidence;
    if (change === undefined || honest.status !== 200) return honest;
    const { from, end, submissions } = decodeEvidence(new Uint8Array(await honest.arrayBuffer()));
    const changed = submissions.map(change).filter((shown) => shown !== null);
    return answer(encodeEvidence({ from, end, submissions: changed }));
  }

  private async publish(feed: string): Promise<TestLog> {
    const { config, checkpointSeed } = this.hub;
    const origin = feedOrigin(config.origin, feed);
    const rounds = (await leavesOf(this.hub, origin)).map((leaf) => {
      const text = Buffer.from(leaf).toString('utf8');
      return readRound(parseStrictJson(text), text);
    });
    const sets = new Map<string, { set: RecordSet; from: Uint8Array }>();
    const made: Round[] = [];
    for (const [index, round] of rounds.entries()) {
      const log = { size: round.log.size, root: toHex(this.log.root(round.log.size)) };
      if (round.kind === 'idle' || round.kind === 'horizon') made.push({ ...round, log });
      else if (round.kind === 'snapshot') made.push(await this.remakeSnapshot({ ...round, log }, sets));
      else if (round.kind === 'rollup') made.push(this.rollUp({ ...round, log }, made));
      else {
        const changes: RoundTypeChange[] = [];
        for (const change of round.changes)
          changes.push(...(await this.remake({ feed, round: index, type: change.type }, change, sets)));
        const { time, nonce } = round;
        made.push(changes.length > 0 ? { ...round, log, changes } : { kind: 'idle', feed, time, log, nonce });
      }
    }
    const served = new TestLog(origin, checkpointSeed);
    for (const round of this.lies.rounds?.(made, feed) ?? made)
      served.append(Buffer.from(encodeRound(round)));
    return served;
  }

  /** Folds the rounds as they were made anew. */
  private rollUp(leaf: RollupLeaf, made: readonly Round[]): RollupLeaf {
    const { from, to } = leaf;
    const rounds = made.slice(from, to).flatMap((round) => (round.kind === 'round' ? round.changes : []));
    const changes = [...new Set(rounds.map(({ type }) => type))].sort().flatMap((type) => {
      const ofType = rounds.filter((one) => one.type === type);
      const packs = ofType
        .flatMap((one) => one.packs)
        .map(({ digest }) => decodePack(this.packs.get(digest)!));
      const folded = foldRounds(packs, ofType.at(-1)!.count, this.lies.rollups);
      if (folded === null) return [];
      this.packs.set(folded.change.packs[0]!.digest, folded.bytes);
      return [folded.change];
    });
    const rollup = { ...leaf, changes };
    this.lies.rollups?.leaf?.(rollup);
    return rollup;
  }

  /** The set as the rounds made it anew, in one pack. */
  private async remakeSnapshot(
    leaf: SnapshotLeaf,
    sets: Map<string, { set: RecordSet; from: Uint8Array }>,
  ): Promise<SnapshotLeaf> {
    const { type, packs } = leaf.changes[0]!;
    let set = RecordSet.empty({ type, keyLength: signalTypeByName(type)!.keyLength, hasValues: false });
    for (const { digest } of packs)
      set = set.apply([...packChanges(decodePack((await this.packBytes(leaf.feed, digest))!))]);
    sets.set(type, { set, from: set.root });
    const change = wholeSet(set, this.packs, this.lies.snapshots);
    return { ...leaf, changes: [change] };
  }

  private async remake(
    place: ChangePlace,
    change: RoundTypeChange,
    sets: Map<string, { set: RecordSet; from: Uint8Array }>,
  ): Promise<RoundTypeChange[]> {
    const { type } = place;
    const { packs } = change;
    const honest: Change[] = [];
    for (const { digest } of packs) {
      const bytes = await this.packBytes(place.feed, digest);
      // Below a horizon there is nothing left to lie with.
      if (bytes === null) return [change];
      honest.push(...packChanges(decodePack(bytes)));
    }
    const shape = { type, keyLength: signalTypeByName(type)!.keyLength, hasValues: false };
    const { set, from } = sets.get(type) ?? {
      set: RecordSet.empty(shape),
      from: RecordSet.empty(shape).root,
    };
    const changes = fitted(set, (this.lies.changes ?? ((all) => all))(honest, place));
    if (changes.length === 0) return [];
    const next = set.apply(changes);
    const to = this.lies.falseRoot?.(place) === true ? FALSE_ROOT : next.root;
    const bytes = encodePack({ ...shape, from, to, changes });
    sets.set(type, { set: next, from: to });
    this.packs.set(packDigest(bytes), bytes);
    const tally = (op: Change['op']): number => changes.filter((change) => change.op === op).length;
    const counts = { added: tally('add'), updated: tally('update'), removed: tally('remove') };
    const after = { count: next.count, root: toHex(to) };
    return [
      { type, ...after, packs: [{ digest: packDigest(bytes), bytes: bytes.length, ...counts, ...after }] },
    ];
  }

  private packBytes(channel: string, digest: string): Promise<Uint8Array | null> {
    return this.hub.database.admin.read('pack', 'system:test', async (tx) => {
      const [row] = await tx.query<{ data: Buffer }>(
        `SELECT data FROM cairn.pack p JOIN cairn.channel c ON c.id = p.channel_id
          WHERE c.name = $1 AND digest = decode($2, 'hex')`,
        [channel, digest],
      );
      return row?.data ?? null;
    });
  }
}

/** The same changes as ones that the set can undergo: a liar keeps its own books. */
function fitted(set: RecordSet, changes: readonly Change[]): Change[] {
  const held = new Set([...set.records()].map(({ key }) => toHex(key)));
  const fit = changes.flatMap((change): Change[] => {
    const { key } = change;
    const present = held.has(toHex(key));
    if (change.op === 'remove') return present ? [change] : [];
    const { metadata } = change;
    return [
      present ? { op: 'update', key, metadata } : { op: 'add', key, metadata, value: new Uint8Array(0) },
    ];
  });
  return sortChanges(fit);
}

function withoutAnchors(leaf: Uint8Array): Uint8Array {
  const statement = decodeStatement(leaf);
  return statement.kind === 'published' ? encodeStatement({ ...statement, feeds: [] }) : leaf;
}

async function leavesOf(hub: TestHub, origin: string): Promise<Uint8Array[]> {
  return hub.database.admin.read('leaves', 'system:test', async (tx) => {
    const [log] = await tx.query<{ size: number }>(
      'SELECT size::float8 AS size FROM cairn.log WHERE origin = $1',
      [origin],
    );
    return readLeaves(tx, origin, 0, log!.size);
  });
}

function answer(bytes: Uint8Array | null): Response {
  return bytes === null
    ? new Response('no\n', { status: 404 })
    : new Response(Buffer.from(bytes), { status: 200 });
}
