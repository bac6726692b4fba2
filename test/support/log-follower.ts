import { latestCheckpoint, readLeaves, feedOrigin } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import {
  applyPack,
  fromHex,
  openPack,
  parseStrictJson,
  readRound,
  RecordSet,
  type RoundTypeChange,
  signalTypeByName,
  toHex,
} from '#libs/protocol';
import { CompactRange, leafHash } from '#libs/tlog';

/** Follows a log as a member or witness does: by tree size, from checkpoint to checkpoint, every leaf under its root. */
export class LogFollower {
  /** Every leaf seen, by index. */
  readonly leaves: Uint8Array[] = [];
  private range = CompactRange.empty();

  constructor(
    protected readonly database: Database,
    readonly origin: string,
  ) {}

  /** Takes what is new; throws when the new leaves do not lead from the last root to the next. */
  async poll(): Promise<void> {
    await this.database.read('follow', 'system:test', async (tx) => {
      const head = await latestCheckpoint(tx, this.origin);
      if (head === null || head.size === this.range.size) return;
      const leaves = await readLeaves(tx, this.origin, this.range.size, head.size);
      this.range = this.range.extendTo(head, leaves.map(leafHash));
      this.leaves.push(...leaves);
      await this.take(tx, leaves);
    });
  }

  protected async take(_tx: Tx, _leaves: readonly Uint8Array[]): Promise<void> {}
}

/** Follows a feed and keeps its sets, each under the root that every round claims. */
export class FeedFollower extends LogFollower {
  readonly sets = new Map<string, RecordSet>();

  constructor(
    database: Database,
    hub: string,
    private readonly channel: string,
  ) {
    super(database, feedOrigin(hub, channel));
  }

  /** Keys of the records held, in hex. */
  keys(type: string): Set<string> {
    return new Set([...(this.sets.get(type)?.records() ?? [])].map((record) => toHex(record.key)));
  }

  protected override async take(tx: Tx, leaves: readonly Uint8Array[]): Promise<void> {
    for (const leaf of leaves) {
      const text = new TextDecoder().decode(leaf);
      const round = readRound(parseStrictJson(text), text);
      if (round.kind !== 'round') continue;
      for (const change of round.changes) this.sets.set(change.type, await this.apply(tx, change));
    }
  }

  private async apply(tx: Tx, { type, root, packs }: RoundTypeChange): Promise<RecordSet> {
    const { keyLength } = signalTypeByName(type)!;
    let set = this.sets.get(type) ?? RecordSet.empty({ type, keyLength, hasValues: false });
    for (const announced of packs) {
      const [pack] = await tx.query<{ data: Buffer }>(
        `SELECT p.data FROM cairn.pack p JOIN cairn.channel c ON c.id = p.channel_id
          WHERE c.name = $1 AND p.digest = $2`,
        [this.channel, Buffer.from(fromHex(announced.digest)!)],
      );
      if (pack === undefined) throw new Error(`feed ${this.channel}: a pack is missing`);
      set = applyPack(set, openPack(type, announced, pack.data));
    }
    if (toHex(set.root) !== root) throw new Error(`feed ${this.channel}: the set root is not met`);
    return set;
  }
}
