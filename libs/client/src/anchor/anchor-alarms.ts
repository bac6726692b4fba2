import { fromHex, type ProvedLeaf } from '#libs/protocol';
import { formatTlogProof, readInclusionProof, TlogError } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import { encodeAnchorEvidence, type AnchorEvidence } from '../evidence/anchor-evidence.js';
import { evidenceName, type EvidenceDirectory, type EvidenceKind } from '../evidence/evidence-directory.js';
import { encodeForkEvidence } from '../evidence/fork-evidence.js';
import type { VerifiedHead } from '../log/open-checkpoint.js';
import { proveFork, type ProvenFork } from '../log/prove-fork.js';
import type { ProvenanceFollower } from '../log/provenance.js';
import type { StaticLog } from '../log/static-log.js';
import { ANCHOR_LIMIT_MS, type AheadHead, type PendingHead } from './judge-anchoring.js';
import type { PublishedHead } from './published-heads.js';

/** What alarms are put together from. */
export interface AnchorAlarmOptions {
  /** The hub's name, and the channel. */
  readonly origin: string;
  readonly feed: string;
  readonly provenance: ProvenanceFollower;
  /** The feed's own log. */
  readonly log: StaticLog;
  readonly evidence: EvidenceDirectory;
}

const WHAT_NOW =
  'nothing is updated until then, what the store holds stays and can be looked up; it ends by itself when the hub makes up for it';

/** Puts together what went wrong between feed and log, keeps it as evidence, and says so. */
export class AnchorAlarms {
  private readonly subject: string;
  private known: Promise<ReadonlySet<string>> | null = null;

  constructor(private readonly options: AnchorAlarmOptions) {
    this.subject = `feed ${options.feed}`;
  }

  /** Whether somebody has looked into what a statement says, and wants to go on in spite of it. */
  async isAccepted(published: PublishedHead): Promise<boolean> {
    const accepted = await this.accepted();
    if (accepted.size === 0) return false;
    const about = this.aboutStatement(published);
    const kinds = ['fork', 'mismatch', 'kept-back'] as const;
    return kinds.some((kind) => accepted.has(evidenceName(kind, about)));
  }

  /** Whether somebody has looked into it that a head is not anchored. */
  async isAcceptedHead(head: PendingHead): Promise<boolean> {
    return (await this.accepted()).has(evidenceName('unanchored', this.aboutHead(head)));
  }

  /** The log publishes a head, not greater than the one served, that is not proved to be of the same history. */
  async contradicted(
    published: PublishedHead,
    served: VerifiedHead,
    log: VerifiedHead,
  ): Promise<ClientError> {
    const fork = await proveFork(this.options.log.tiles(served.size), treeHead(published), served);
    return this.twoHeads(published, served, fork, log);
  }

  /** The same of a greater head; null when the feed's tiles do not show that the two part. */
  async forkAhead(
    published: PublishedHead,
    served: VerifiedHead,
    log: VerifiedHead,
  ): Promise<ClientError | null> {
    const fork = await proveFork(this.options.log.tiles(published.size), served, treeHead(published));
    return fork === null ? null : this.twoHeads(published, served, fork, log);
  }

  /** A head was taken over, or is served, that the log does not publish in time. */
  async unanchored(head: PendingHead, log: VerifiedHead, read: number): Promise<ClientError> {
    const { note, size, seen } = head;
    const kept = await this.keep('unanchored', this.aboutHead(head), async () => {
      const late = { kind: 'unanchored', note, published: null, seen, read } as const;
      const evidence = await this.lateEvidence(late, size, log);
      // Without its round only the reader's clock could show that it is late.
      const shows = evidence.round !== null || read - seen > ANCHOR_LIMIT_MS;
      return shows ? encodeAnchorEvidence(evidence) : null;
    });
    const reason = `its head of ${size} rounds is not published in the provenance log within five minutes; ${kept}; ${WHAT_NOW}`;
    return new ClientError('FEED_UNANCHORED', this.subject, reason);
  }

  /** The log published a greater head than the one that is served. */
  async keptBack(
    ahead: AheadHead,
    { note, size }: VerifiedHead,
    log: VerifiedHead,
    read: number,
  ): Promise<ClientError> {
    const { index, seen } = ahead;
    const kept = await this.keep('kept-back', this.aboutStatement(ahead), async () => {
      const published = await this.options.provenance.proveLeaf(log, index);
      const late = { kind: 'kept-back', note, published, seen, read } as const;
      return encodeAnchorEvidence(await this.lateEvidence(late, size, log));
    });
    const reason = `the provenance log publishes ${ahead.size} rounds of it (at ${index}), and ${size} are served after five minutes; ${kept}; ${WHAT_NOW}`;
    return new ClientError('FEED_KEPT_BACK', this.subject, reason);
  }

  private async twoHeads(
    published: PublishedHead,
    served: VerifiedHead,
    fork: ProvenFork | null,
    logHead: VerifiedHead,
  ): Promise<ClientError> {
    const { origin, feed, provenance } = this.options;
    const kept = await this.keep(
      fork === null ? 'mismatch' : 'fork',
      this.aboutStatement(published),
      async () => {
        const heads = [await provenance.proveLeaf(logHead, published.index), { note: served.note }] as const;
        const [first, second] = published.size <= served.size ? heads : [heads[1], heads[0]];
        const log = `${origin}/feed/${feed}`;
        return encodeForkEvidence({ origin, log, first, second, fork, seen: Date.now() });
      },
    );
    const what = `the provenance log publishes a head of it (at ${published.index}, ${published.size} rounds)`;
    if (fork === null) {
      const reason = `${what} that the hub does not prove to be of the history it serves; ${kept}`;
      return new ClientError('PROOF_REJECTED', this.subject, reason);
    }
    const reason = `${what} that is of another history than the hub serves; ${kept}; tell the alliance and other members`;
    return new ClientError('FEED_FORK', this.subject, reason);
  }

  /**
   * Keeps what `gather` puts together. That the hub does not serve what evidence is made of must not silence the alarm.
   *
   * @returns what became of it, in words
   */
  private async keep(
    kind: EvidenceKind,
    about: string,
    gather: () => Promise<Uint8Array | null>,
  ): Promise<string> {
    try {
      const file = await gather();
      if (file !== null)
        return `the evidence is kept in ${await this.options.evidence.keep(kind, about, file)}`;
      return 'the hub did not serve what evidence is made of';
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      return `the hub did not serve what evidence is made of (${error.code})`;
    }
  }

  private async lateEvidence(
    late: Pick<AnchorEvidence, 'kind' | 'note' | 'published' | 'seen' | 'read'>,
    size: number,
    log: VerifiedHead,
  ): Promise<AnchorEvidence> {
    const { origin, feed, provenance } = this.options;
    const last = await provenance.proveLeaf(log, log.size - 1);
    return { ...late, origin, feed, round: await this.lastRound(late.note, size), last };
  }

  /** The last round under a checkpoint; without it the evidence rests on the reader's clock. */
  private async lastRound(checkpoint: string, size: number): Promise<ProvedLeaf | null> {
    const { log } = this.options;
    if (size === 0) return null;
    try {
      const { value } = await log.leaves(size - 1, size, size).next();
      const proof = await readInclusionProof(log.tiles(size), size - 1, size);
      const leaf = value?.[0];
      if (leaf === undefined) return null;
      return {
        leaf: Buffer.from(leaf).toString('utf8'),
        proof: formatTlogProof({ index: size - 1, proof, checkpoint }),
      };
    } catch (error) {
      if (error instanceof TlogError || error instanceof ClientError) return null;
      throw error;
    }
  }

  private accepted(): Promise<ReadonlySet<string>> {
    return (this.known ??= this.options.evidence.accepted());
  }

  private aboutStatement({ index, leaf }: Pick<PublishedHead, 'index' | 'leaf'>): string {
    return `${this.options.origin}/feed/${this.options.feed}\0${index}\0${leaf}`;
  }

  private aboutHead({ size, root }: PendingHead): string {
    return `${this.options.origin}/feed/${this.options.feed}\0${size}\0${root}`;
  }
}

function treeHead({ size, root }: PublishedHead): { size: number; root: Uint8Array } {
  return { size, root: fromHex(root)! };
}
