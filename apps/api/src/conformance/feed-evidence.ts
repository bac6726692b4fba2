import type { FeedDeltaReader, FeedHead, FeedReader } from '#libs/feed';
import type { SandboxEvidence, SandboxSubmission } from '#libs/membership';
import type { Tx } from '#libs/platform';
import { CONFORMANCE_TYPE, parseEntries, SANDBOX, splitLines } from '#libs/protocol';

interface SubmissionRow {
  entries: Buffer;
  count: number;
  logIndex: number | null;
  effective: number;
}

/** Reads the sandbox as its receivers can: the feed up to its signed head, and the member's own submissions. */
export class FeedEvidence implements SandboxEvidence {
  constructor(
    private readonly feeds: FeedReader,
    private readonly deltas: FeedDeltaReader,
  ) {}

  async submission(tx: Tx, memberId: number, jti: string): Promise<SandboxSubmission | 'waiting' | null> {
    const [row] = await tx.query<SubmissionRow>(SUBMISSION, [memberId, jti, SANDBOX]);
    if (row === undefined) return null;
    const { entries, count, logIndex, effective } = row;
    if (logIndex === null || !(await this.feeds.isPublished(tx, SANDBOX, logIndex))) return 'waiting';
    return { entries: parseEntries(splitLines(entries)), effective: effective === count };
  }

  async headSize(tx: Tx): Promise<number> {
    return (await this.feeds.head(tx, SANDBOX))?.size ?? 0;
  }

  async setRoot(tx: Tx, size: number): Promise<string> {
    const head = await this.head(tx);
    return this.deltas.setRoot(tx, { ...range(head, size), after: null, limit: 1 });
  }

  async keys(tx: Tx, size: number, from: Uint8Array, limit: number): Promise<readonly Uint8Array[]> {
    const head = await this.head(tx);
    const keys: Uint8Array[] = [];
    // The fold from nothing has additions only: what came and went is not in it.
    let after: Uint8Array | null = before(from);
    do {
      const page = await this.deltas.page(tx, { ...range(head, size), after, limit });
      // Of a size below the horizon nobody can tell any more which keys it held: then it holds none of those looked for.
      if (page === null) return [];
      keys.push(...page.changes.map(({ key }) => key));
      after = page.next;
    } while (after !== null && keys.length < limit);
    return keys.slice(0, limit);
  }

  private async head(tx: Tx): Promise<FeedHead> {
    const head = await this.feeds.head(tx, SANDBOX);
    if (head === null) throw new Error('the sandbox has no signed head');
    return head;
  }
}

const SUBMISSION = `
  SELECT s.entries, s.entry_count AS count, s.log_index::float8 AS "logIndex",
         (SELECT count(*) FROM cairn.entry e
           WHERE e.member_id = s.member_id AND e.log_index = s.log_index AND e.effect = 0)::integer AS effective
    FROM cairn.submission s JOIN cairn.channel c ON c.id = s.channel_id
   WHERE s.member_id = $1 AND s.jti = $2 AND c.name = $3`;

function range(head: FeedHead, size: number) {
  return { head, type: CONFORMANCE_TYPE, from: 0, to: size };
}

/** The greatest key below `key`, of the same length; null when there is none. */
function before(key: Uint8Array): Uint8Array | null {
  const less = new Uint8Array(key);
  for (let i = less.length - 1; i >= 0; i--) {
    if (less[i]! > 0) {
      less[i]! -= 1;
      return less;
    }
    less[i] = 0xff;
  }
  return null;
}
