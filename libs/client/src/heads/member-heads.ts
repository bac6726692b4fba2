import { join } from 'node:path';
import { fromHex, toHex } from '#libs/protocol';
import type { AnchorState } from '../anchor/anchor-state.js';
import { ClientError } from '../client-error.js';
import type { HubPolicy } from '../config/hub-policy.js';
import { raiseAlarm } from '../evidence/alarm-file.js';
import { EvidenceDirectory } from '../evidence/evidence-directory.js';
import { encodeForkEvidence } from '../evidence/fork-evidence.js';
import { durableFiles } from '../files/durable-files.js';
import { requireNotBehind } from '../log/extend-head.js';
import { readHead } from '../log/kept-head.js';
import { openCheckpoint, type VerifiedHead } from '../log/open-checkpoint.js';
import type { ProvenanceFollower } from '../log/provenance.js';
import type { StaticLog } from '../log/static-log.js';
import { HashStore, type StoredFeed } from '../store/hash-store.js';
import { compareHead, type HeadRelation } from './compare-head.js';
import { readHeadsDocument } from './heads-document.js';

/** A head that a member holds. */
export interface HeldHead {
  /** Name of its log. */
  readonly log: string;
  /** Channel; null for the provenance log. */
  readonly feed: string | null;
  readonly size: number;
  /** Root, hex. */
  readonly root: string;
  /** Exact text of the checkpoint. */
  readonly note: string;
  /** When it was taken over, Unix milliseconds; null when that is not known. */
  readonly verifiedAt: number | null;
  /** What the provenance log says of a feed; null for the log itself. */
  readonly anchor: AnchorState | null;
  /** Why the feed is not updated, or null. */
  readonly alarm: StoredFeed['alarm'];
}

/** How a head that is held compares with that of another member. */
export interface HeadComparison {
  readonly log: string;
  /** `not-held`: this member has no such log to compare. */
  readonly relation: HeadRelation['kind'] | 'not-held';
  /** Leaves of the own head and of the other; null when there is no own one. */
  readonly size: number | null;
  readonly theirs: number;
  /** Where evidence of a fork is kept, or null. */
  readonly evidence: string | null;
}

/** What the heads of a member are read from and compared by. */
export interface MemberHeadsOptions {
  readonly hub: HubPolicy;
  /** Directory of what was verified of the provenance log. */
  readonly directory: string;
  /** Directory of the store; null for none. */
  readonly store: string | null;
  readonly provenance: ProvenanceFollower;
  /** The log of a feed, read from the hub. */
  readonly feedLog: (feed: string) => StaticLog;
}

/** The heads that a member holds, of the provenance log and of the feeds in a store. */
export class MemberHeads {
  constructor(private readonly options: MemberHeadsOptions) {}

  /**
   * The heads, the log's first. Nothing is asked for.
   *
   * @throws ClientError `CONFIG_INVALID`, `STORE_INVALID`
   */
  async held(): Promise<HeldHead[]> {
    const { hub, directory } = this.options;
    const log = await readHead(directory);
    const none = { feed: null, anchor: null, alarm: null };
    const own = log === null ? [] : [{ ...log, ...none, log: `${hub.origin}/log`, root: toHex(log.root) }];
    return [...own, ...(await this.feeds()).map(heldFeed)];
  }

  /**
   * Compares each head with that of another member, by consistency proofs from the hub. A fork is kept as evidence, and stops updating.
   *
   * @param file  what the other member's `held` came to, as `heads/1`
   * @throws ClientError `INPUT_INVALID`, `NOTE_REJECTED`, or as following the logs does
   */
  async compare(file: Uint8Array, subject: string): Promise<HeadComparison[]> {
    const { origin, policy } = this.options.hub;
    const held = await this.held();
    const comparisons: HeadComparison[] = [];
    for (const { log, note } of readHeadsDocument(file, origin, subject)) {
      const mine = held.find((head) => head.log === log);
      const theirs = openCheckpoint(policy, log, Buffer.from(note));
      comparisons.push(await this.compareOne(log, mine, theirs));
    }
    return comparisons;
  }

  private async compareOne(
    log: string,
    mine: HeldHead | undefined,
    theirs: VerifiedHead,
  ): Promise<HeadComparison> {
    const sizes = { log, size: mine?.size ?? null, theirs: theirs.size };
    if (mine === undefined) return { ...sizes, relation: 'not-held', evidence: null };
    const relation = await this.relate(mine, theirs);
    const evidence = relation.kind === 'fork' ? await this.keep(mine, relation) : null;
    return { ...sizes, relation: relation.kind, evidence };
  }

  /** Heads of one size need no hub. */
  private async relate(mine: HeldHead, theirs: VerifiedHead): Promise<HeadRelation> {
    const { provenance, feedLog } = this.options;
    const own = { size: mine.size, root: fromHex(mine.root)!, note: mine.note };
    const files = mine.feed === null ? provenance.log : feedLog(mine.feed);
    const tiles = (size: number) => files.tiles(size);
    if (own.size === theirs.size) return compareHead(tiles, own, theirs);
    const served = mine.feed === null ? await provenance.follow() : await this.servedFeed(files, mine.log);
    requireNotBehind(files.name, own, served);
    const passed = await compareHead(tiles, served, own);
    if (passed.kind === 'fork' || passed.kind === 'unproved') return passed;
    return compareHead(tiles, served, theirs);
  }

  private async servedFeed(files: StaticLog, log: string): Promise<VerifiedHead> {
    return openCheckpoint(this.options.hub.policy, log, await files.checkpoint());
  }

  private async keep(
    { log, feed }: HeldHead,
    { first, second, fork }: Extract<HeadRelation, { kind: 'fork' }>,
  ): Promise<string> {
    const { hub, store } = this.options;
    const directory = feed === null ? this.options.directory : join(store!, feed);
    const heads = { first: { note: first.note }, second: { note: second.note } };
    const file = encodeForkEvidence({ origin: hub.origin, log, ...heads, fork, seen: Date.now() });
    const evidence = new EvidenceDirectory(durableFiles, directory);
    const path = await evidence.keep('fork', `${first.note}\0${second.note}`, file);
    const reason = `two members were shown two histories; both heads are kept in ${path}; tell the alliance and other members`;
    const alarm = new ClientError('LOG_FORK', log, reason);
    // Without the provenance log no feed is updated.
    const stopped = feed === null ? (await this.feeds()).map((stored) => stored.feed) : [feed];
    for (const name of stopped) await raiseAlarm(join(store!, name), alarm);
    return path;
  }

  private async feeds(): Promise<readonly StoredFeed[]> {
    const { store } = this.options;
    if (store === null) return [];
    const open = await HashStore.open(store);
    open.close();
    return open.feeds;
  }
}

function heldFeed({ feed, origin, size, root, note, updatedAt, anchor, alarm }: StoredFeed): HeldHead {
  return { log: origin, feed, size, root, note, verifiedAt: updatedAt, anchor, alarm };
}
