import type { Tx } from '#libs/platform';
import { decisionColumn } from '../decision-column.js';

/** What a submission was decided to be. */
export interface DecidedSubmission {
  /** Index of the submission in the provenance log. */
  readonly index: number;
  readonly content: Buffer;
  /** As `encodeDecisionColumn` writes them. */
  readonly decisions: Buffer;
}

const DECIDED = `
  SELECT s.log_index::float8 AS index, s.content_body AS content, ${decisionColumn('s')} AS decisions
    FROM cairn.submission s WHERE s.log_index = ANY ($1::bigint[])`;

/** Content bodies and decisions of submissions. Of an index that is none there is no row. */
export async function readDecisions(tx: Tx, indexes: readonly number[]): Promise<DecidedSubmission[]> {
  return tx.query<DecidedSubmission>(DECIDED, [indexes]);
}
