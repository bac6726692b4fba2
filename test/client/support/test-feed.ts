import { randomBytes } from 'node:crypto';
import {
  countStep,
  decodePack,
  encodePack,
  encodeRound,
  NO_STEPS,
  packDigest,
  RecordSet,
  splitChanges,
  sortChanges,
  toHex,
  type Change,
  type PackLimits,
  type RollupLeaf,
  type RollupWindow,
  type RoundPack,
  type RoundTypeChange,
  type SetShape,
} from '#libs/protocol';
import { foldRounds, type RollupLies } from './fold-rounds.js';
import { TestLog } from './test-log.js';
import { wholeSet, type SnapshotLies } from './whole-set.js';

const encoder = new TextEncoder();

/** A feed as a hub publishes it: a log of rounds, and the packs they announce. */
export class TestFeed {
  readonly log: TestLog;
  readonly packs = new Map<string, Uint8Array>();
  readonly sets = new Map<string, RecordSet>();
  /** What rounds announce, by index. */
  private readonly announced = new Map<number, RoundTypeChange[]>();
  private steps = NO_STEPS;
  /** By type, index of the latest snapshot that a horizon is at. */
  readonly horizons = new Map<string, number>();

  /** @param rollsUp  whether it appends the rollups that are due, as a hub does */
  constructor(
    readonly hub: string,
    readonly channel: string,
    private readonly rollsUp = false,
  ) {
    this.log = new TestLog(`${hub}/feed/${channel}`);
  }

  /** Publishes one round that changes some types. */
  publish(
    changes: readonly { shape: SetShape; changes: readonly Change[] }[],
    options: {
      limits?: PackLimits;
      /** Alters what the round says before it is written. */
      tamper?: (types: RoundTypeChange[]) => void;
      /** Name of the channel in the leaf. */
      feed?: string;
    } = {},
  ): void {
    const types = changes
      .map(({ shape, changes: of }) => this.build(shape, of, options.limits))
      .sort((a, b) => (a.type < b.type ? -1 : 1));
    options.tamper?.(types);
    this.appendRound({ kind: 'round', feed: options.feed ?? this.channel, changes: types });
  }

  idle(): void {
    this.appendRound({ kind: 'idle', feed: this.channel });
  }

  /** Appends a rollup of the rounds among some leaves. */
  rollUp({ from, to }: RollupWindow, lies: RollupLies = {}): void {
    const rounds = [...this.announced].filter(([index]) => index >= from && index < to);
    const all = rounds.flatMap(([, changes]) => changes);
    const changes: RoundTypeChange[] = [];
    for (const type of new Set(all.map((one) => one.type))) {
      if ((this.horizons.get(type) ?? 0) > from) continue;
      const ofType = all.filter((one) => one.type === type);
      const packs = ofType
        .flatMap((one) => one.packs)
        .map(({ digest }) => decodePack(this.packs.get(digest)!));
      const folded = foldRounds(packs, ofType.at(-1)!.count, lies);
      if (folded === null) continue;
      changes.push(folded.change);
      this.packs.set(folded.change.packs[0]!.digest, folded.bytes);
    }
    changes.sort((a, b) => (a.type < b.type ? -1 : 1));
    const leaf: RollupLeaf = { kind: 'rollup', ...this.common(), from, to, changes };
    lies.leaf?.(leaf);
    this.appendText(encodeRound(leaf));
  }

  /** Appends a snapshot of a type, and a horizon at it when that is wanted: then packs that only leaves before it announce are gone. */
  snapshot(shape: SetShape, horizon: boolean, lies: SnapshotLies = {}, limits?: PackLimits): void {
    const size = this.log.size;
    const change = wholeSet(this.set(shape), this.packs, lies, limits);
    this.appendText(encodeRound({ kind: 'snapshot', ...this.common(), changes: [change] }));
    if (!horizon) return;
    this.horizons.set(shape.type, size);
    const horizons = [{ type: shape.type, size }];
    this.appendText(encodeRound({ kind: 'horizon', ...this.common(), horizons }));
    const kept = new Set(change.packs.map(({ digest }) => digest));
    for (const [digest, bytes] of this.packs)
      if (!kept.has(digest) && decodePack(bytes).type === shape.type) this.packs.delete(digest);
  }

  /** Appends a leaf as it is. */
  appendText(text: string): void {
    this.log.append(encoder.encode(text));
  }

  set(shape: SetShape): RecordSet {
    return this.sets.get(shape.type) ?? RecordSet.empty(shape);
  }

  /** The file at a path below the feed's prefix, or null. */
  async file(path: string): Promise<Uint8Array | null> {
    return path.startsWith('pack/') ? (this.packs.get(path.slice(5)) ?? null) : this.log.file(path);
  }

  private appendRound(
    round: { kind: 'idle'; feed: string } | { kind: 'round'; feed: string; changes: RoundTypeChange[] },
  ): void {
    const index = this.log.size;
    const common = { ...this.common(), feed: round.feed };
    if (round.kind === 'round') this.announced.set(index, round.changes);
    this.appendText(
      round.kind === 'idle'
        ? encodeRound({ kind: 'idle', ...common })
        : encodeRound({ kind: 'round', ...common, changes: round.changes }),
    );
    const { after, due } = countStep(this.steps, index);
    this.steps = after;
    if (this.rollsUp) for (const window of due) this.rollUp(window);
  }

  private common() {
    const log = { size: this.log.size, root: '0'.repeat(64) };
    const time = 1_700_000_000_000 + this.log.size;
    return { feed: this.channel, time, log, nonce: randomBytes(16).toString('hex') };
  }

  private build(shape: SetShape, changes: readonly Change[], limits?: PackLimits): RoundTypeChange {
    let set = this.set(shape);
    const packs: RoundPack[] = [];
    for (const part of splitChanges(shape, sortChanges(changes), limits)) {
      const after = set.apply(part);
      const bytes = encodePack({ ...shape, from: set.root, to: after.root, changes: part });
      const count = (op: Change['op']) => part.filter((change) => change.op === op).length;
      packs.push({
        digest: packDigest(bytes),
        bytes: bytes.length,
        added: count('add'),
        updated: count('update'),
        removed: count('remove'),
        count: after.count,
        root: toHex(after.root),
      });
      this.packs.set(packs.at(-1)!.digest, bytes);
      set = after;
    }
    this.sets.set(shape.type, set);
    return { type: shape.type, count: set.count, root: toHex(set.root), packs };
  }
}
