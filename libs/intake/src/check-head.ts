import { provenanceOrigin, rootAt } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import { toHex, type Manifest } from '#libs/protocol';
import { refuse, type SubmissionRefusal } from './submission-results.js';

/** A manifest whose head is at odds with the hub's log, to be kept. */
interface Claim {
  readonly memberId: number;
  /** Its name. */
  readonly member: string;
  /** Compact JWS as it was sent: the author's signature under the head. */
  readonly token: string;
  readonly manifest: Manifest;
  /** Origin of the hub. */
  readonly hub: string;
}

/** That a manifest named a head which the log never had. */
export interface HeadMismatch {
  /** Name of the member. */
  readonly member: string;
  /** Leaves of the head that it named, and of the log. */
  readonly headSize: number;
  readonly logSize: number;
  /** Whether it is the member's first of the day, which was kept. */
  readonly isFirst: boolean;
}

/** What was met, and what the author is told. */
export interface DeniedHead {
  readonly met: HeadMismatch;
  readonly refusal: SubmissionRefusal;
}

/**
 * Holds the head that an author verified last against the hub's own history. Another root at that size, or a size that the log never
 * had, means that somebody under the log's name showed the author something else: a split view, or a log that went back. The signed
 * manifest is kept as evidence, one for each member and day.
 */
export async function checkHead(tx: Tx, claim: Claim): Promise<DeniedHead | null> {
  const { head } = claim.manifest;
  if (head === null) return null;
  const origin = provenanceOrigin(claim.hub);
  const [log] = await tx.query<{ size: number }>(
    'SELECT size::float8 AS size FROM cairn.log WHERE origin = $1',
    [origin],
  );
  const size = log?.size ?? 0;
  const root = head.size > size ? null : toHex(await rootAt(tx, origin, head.size));
  if (root === head.root) return null;
  const kept = await tx.query(
    `INSERT INTO cairn.head_mismatch (member_id, manifest, head_size, head_root, log_size, log_root)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING true`,
    [
      claim.memberId,
      claim.token,
      head.size,
      Buffer.from(head.root, 'hex'),
      size,
      root === null ? null : Buffer.from(root, 'hex'),
    ],
  );
  const rule =
    root === null
      ? `must be a head of the log, which has ${size} leaves only: this log went back, or it is not the one that was verified`
      : 'must have the root that the log had at that size: somebody shows two histories under its name';
  const { member } = claim;
  return {
    met: { member, headSize: head.size, logSize: size, isFirst: kept.length > 0 },
    refusal: refuse('HEAD_MISMATCH', 'manifest.head', rule),
  };
}
