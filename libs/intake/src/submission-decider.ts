import { readStoredPublicKey } from '#libs/keys';
import { requestSubmissionStatement } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { equalBytes } from '#libs/tlog';
import type { ChannelPolicy, Entry } from '#libs/protocol';
import { countSignalPurges, holdSignals, internSignals, type SignalIds } from '#libs/signals';
import { compactDecisions, storeDecisions } from './decision-store.js';
import { decideEntries, type EntryDecision } from './decide-entries.js';
import { readLines, readSignedManifest } from './read-submission.js';

interface StoredSubmission {
  id: string;
  memberId: number;
  counter: number;
  state: string;
  jwk: string;
  manifest: string;
  payloadDigest: Buffer;
  /** A character for each byte: the driver would be given a bytea as hex, twice as long. */
  entries: string;
  policy: ChannelPolicy;
}

/** Stored bytes that do not verify any more. Nobody else can repair that: it stops here and shows as an overdue promise. */
export class DamagedSubmissionError extends Error {
  constructor(submissionId: string, detail: string) {
    super(`submission ${submissionId}: the stored bytes do not verify: ${detail}`);
    this.name = 'DamagedSubmissionError';
  }
}

/**
 * Verifies the stored bytes of a submission again, decides each entry and hands the submission to the sequencer. Decisions do
 * not depend on order, so any number of submissions can be decided at once, and deciding twice changes nothing.
 */
export class SubmissionDecider {
  constructor(private readonly database: Database) {}

  /**
   * @returns false when somebody else had decided it already.
   * @throws DamagedSubmissionError
   */
  async decide(submissionId: string): Promise<boolean> {
    const submission = await this.load(submissionId);
    if (submission === null || submission.state !== 'received') return false;
    const entries = await this.verify(submission);
    const decisions = decideEntries(entries, submission.policy);
    for (;;) {
      const found = await this.database.transaction('intern-signals', 'system:worker', async (tx) =>
        (await holdReceived(tx, submissionId))
          ? { purges: await countSignalPurges(tx), signalIds: await internSignals(tx, entries) }
          : null,
      );
      if (found === null) return false;
      const stored = await this.database.transaction('decide-submission', 'system:worker', async (tx) =>
        (await holdSignals(tx, found.purges))
          ? this.store(tx, submission, entries, found.signalIds, decisions)
          : null,
      );
      // An erasure deleted signals in between, perhaps these.
      if (stored !== null) return stored;
    }
  }

  private async load(submissionId: string): Promise<StoredSubmission | null> {
    const [row] = await this.database.read('load-submission', 'system:worker', (tx) =>
      tx.query<StoredSubmission>(
        `SELECT s.id::text, s.member_id AS "memberId", s.counter::float8 AS counter, s.state, k.jwk, s.manifest,
                s.payload_digest AS "payloadDigest", convert_from(s.entries, 'LATIN1') AS entries, c.policy
           FROM cairn.submission s
           JOIN cairn.member_key k ON k.id = s.key_id
           JOIN cairn.channel c ON c.id = s.channel_id
          WHERE s.id = $1`,
        [submissionId],
      ),
    );
    return row ?? null;
  }

  private async verify(submission: StoredSubmission): Promise<Entry[]> {
    const signed = await readSignedManifest(submission.manifest, () => readStoredPublicKey(submission.jwk));
    if (!signed.ok) throw new DamagedSubmissionError(submission.id, signed.rule);
    if (!equalBytes(signed.payloadDigest, submission.payloadDigest)) {
      throw new DamagedSubmissionError(submission.id, 'the manifest is not the one that was received');
    }
    const lines = readLines(Buffer.from(submission.entries, 'latin1'), signed.manifest);
    if (!lines.ok) throw new DamagedSubmissionError(submission.id, lines.rule);
    return lines.entries;
  }

  private async store(
    tx: Tx,
    submission: StoredSubmission,
    entries: readonly Entry[],
    signalIds: SignalIds,
    decisions: readonly EntryDecision[],
  ): Promise<boolean> {
    const updated = await tx.execute(
      `UPDATE cairn.submission SET state = 'decided' WHERE id = $1 AND state = 'received'`,
      [submission.id],
    );
    if (updated === 0) return false;
    await storeDecisions(tx, submission.id, signalIds, compactDecisions(entries, decisions));
    const { id: submissionId, memberId, counter } = submission;
    await requestSubmissionStatement(tx, { submissionId, memberId, counter, entries: entries.length });
    return true;
  }
}

/**
 * Keeps a submission from being decided until the end of the transaction. Who was held up must not write the signals of one that was decided,
 * logged and erased meanwhile: nothing would name them, and nothing would delete them.
 *
 * @returns false when it is decided already
 */
async function holdReceived(tx: Tx, submissionId: string): Promise<boolean> {
  const held = await tx.query(`SELECT FROM cairn.submission WHERE id = $1 AND state = 'received' FOR SHARE`, [
    submissionId,
  ]);
  return held.length > 0;
}
