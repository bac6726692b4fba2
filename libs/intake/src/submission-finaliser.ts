import { randomBytes } from 'node:crypto';
import type { StatementFinaliser } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import {
  commitment,
  decisionsRoot,
  encodeAuthor,
  encodeContent,
  type Decision,
  type LinePlace,
  type StatementBody,
  type Verdict,
} from '#libs/protocol';
import { markErasedLines } from '#libs/signals';
import { sha256 } from '#libs/tlog';
import { placeEntries } from './decision-store.js';

interface DecidedSubmission {
  channel: string;
  channelId: number;
  named: boolean;
  count: number;
  root: string;
  member: string;
  group: string;
  key: string;
  counter: number;
  manifest: string;
  headSize: number | null;
  headRoot: string | null;
}

/**
 * Gives a decided submission its place: its entries become rows with the log index, each with the index of the nearest earlier
 * statement about its signal, and the leaf commits to all of it.
 */
export class IntakeFinaliser implements StatementFinaliser {
  async finaliseSubmission(
    tx: Tx,
    { submissionId, logIndex }: { submissionId: string; logIndex: number },
  ): Promise<StatementBody> {
    const submission = await loadDecided(tx, submissionId);
    const decisions = await placeEntries(tx, { submissionId, logIndex, count: submission.count });
    const content = contentBytes(submission, decisions);
    const author = authorBytes(submission);
    await tx.query(
      `UPDATE cairn.submission SET state = 'sequenced', log_index = $2, content_body = $3, author_body = $4
        WHERE id = $1`,
      [submissionId, logIndex, Buffer.from(content), Buffer.from(author)],
    );
    const { headSize, headRoot } = submission;
    const head = headSize === null ? null : { size: headSize, root: headRoot! };
    return { kind: 'submission', content: commitment(content), author: commitment(author), head };
  }

  async placeErasure(tx: Tx, lines: readonly LinePlace[], logIndex: number): Promise<void> {
    await markErasedLines(tx, lines, logIndex);
  }
}

async function loadDecided(tx: Tx, submissionId: string): Promise<DecidedSubmission> {
  const [row] = await tx.query<DecidedSubmission>(
    `SELECT c.name AS channel, s.channel_id AS "channelId", s.named, s.entry_count AS count,
            encode(s.entries_root, 'hex') AS root, m.handle AS member, m.control_group AS "group",
            k.thumbprint AS key, s.counter::float8 AS counter, s.manifest,
            s.head_size::float8 AS "headSize", encode(s.head_root, 'hex') AS "headRoot"
       FROM cairn.submission s
       JOIN cairn.member m ON m.id = s.member_id
       JOIN cairn.member_key k ON k.id = s.key_id
       JOIN cairn.channel c ON c.id = s.channel_id
      WHERE s.id = $1 AND s.state = 'decided'`,
    [submissionId],
  );
  if (row === undefined) throw new Error(`submission ${submissionId} waits for the log but is not decided`);
  return row;
}

function contentBytes(submission: DecidedSubmission, decisions: readonly Decision[]): Uint8Array {
  const { channel, named, count, root } = submission;
  const number = (verdict: Verdict) => decisions.filter((decision) => decision.verdict === verdict).length;
  return encodeContent({
    salt: newSalt(),
    channel,
    attribution: named ? 'named' : 'anonymous',
    count,
    root,
    decisions: decisionsRoot(decisions),
    accepted: number('accepted'),
    held: number('held'),
    rejected: number('rejected'),
  });
}

function authorBytes({ member, group, key, counter, manifest }: DecidedSubmission): Uint8Array {
  const digest = Buffer.from(sha256(Buffer.from(manifest, 'ascii'))).toString('hex');
  return encodeAuthor({ salt: newSalt(), member, group, key, counter, manifest: digest });
}

function newSalt(): string {
  return randomBytes(16).toString('hex');
}
