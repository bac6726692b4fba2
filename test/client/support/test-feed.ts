import { randomBytes } from 'node:crypto';
import {
  encodePack,
  encodeRound,
  packDigest,
  RecordSet,
  splitChanges,
  sortChanges,
  toHex,
  type Change,
  type PackLimits,
  type RoundPack,
  type RoundTypeChange,
  type SetShape,
} from '#libs/protocol';
import { TestLog } from './test-log.js';

const encoder = new TextEncoder();

/** A feed as a hub publishes it: a log of rounds, and the packs they announce. */
export class TestFeed {
  readonly log: TestLog;
  readonly packs = new Map<string, Uint8Array>();
  readonly sets = new Map<string, RecordSet>();

  constructor(
    readonly hub: string,
    readonly channel: string,
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
    const log = { size: this.log.size, root: '0'.repeat(64) };
    const common = {
      feed: round.feed,
      time: 1_700_000_000_000 + this.log.size,
      log,
      nonce: randomBytes(16).toString('hex'),
    };
    this.appendText(
      round.kind === 'idle'
        ? encodeRound({ kind: 'idle', ...common })
        : encodeRound({ kind: 'round', ...common, changes: round.changes }),
    );
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
