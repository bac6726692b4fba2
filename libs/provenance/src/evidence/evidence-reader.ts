import { latestCheckpoint, provenanceOrigin } from '#libs/ledger';
import { channelsOf } from '#libs/membership';
import type { Database } from '#libs/platform';
import { encodeEvidence } from '#libs/protocol';
import { readShown, reachOf, type EvidenceView } from './shown-submissions.js';

/** Who reads: a member's machine, or an auditor under a grant. All by the id of their row. */
export type EvidenceAsker =
  | { readonly kind: 'member'; readonly id: number }
  | { readonly kind: 'person'; readonly id: number; readonly grant: number };

/** Log indexes that one file is about at most. */
export const MOST_INDEXES = 4096;

/**
 * What stands behind the submissions of the log, for whoever replays it (docs/protocol-replay.md): all of it for auditors, and for a member what
 * it may see.
 */
export class EvidenceReader {
  /** @param hub origin of the hub */
  constructor(
    private readonly database: Database,
    private readonly hub: string,
  ) {}

  /**
   * Writes down why an auditor wants to replay the log.
   *
   * @param purpose 1 to 200 characters
   * @returns the grant under which it may read; null for who is no auditor any more
   */
  async grant(person: number, purpose: string): Promise<number | null> {
    return this.database.transaction('grant-replay', `person:${person}`, async (tx) => {
      const [row] = await tx.query<{ granted: number | null }>(
        'SELECT cairn.grant_replay($1)::float8 AS granted',
        [purpose],
      );
      return row!.granted;
    });
  }

  /**
   * An evidence file about the indexes from `from` on: up to `to` (not included), or as far as one file goes. Of what an auditor is shown a row
   * is committed before it is returned.
   *
   * @returns null when no signed checkpoint covers `from`, and for who may read nothing any more
   */
  async read(asker: EvidenceAsker, from: number, to: number): Promise<Uint8Array | null> {
    const view = await this.viewOf(asker);
    const found = await this.database.read('read-evidence', 'system:provenance', async (tx) => {
      const size = (await latestCheckpoint(tx, provenanceOrigin(this.hub)))?.size ?? 0;
      const most = Math.min(to, size, from + MOST_INDEXES);
      if (from >= most) return null;
      const end = await reachOf(tx, view, from, most);
      return { end, submissions: await readShown(tx, view, from, end) };
    });
    if (found === null) return null;
    if (asker.kind === 'person' && !(await this.record(asker, from, found.end))) return null;
    return encodeEvidence({ from, ...found });
  }

  private async viewOf(asker: EvidenceAsker): Promise<EvidenceView> {
    if (asker.kind === 'person') return { all: true };
    const channels = await this.database.read('find-received', `member:${asker.id}`, (tx) =>
      channelsOf(tx, asker.id),
    );
    const received = channels.filter(({ receive }) => receive).map(({ channel }) => channel);
    return { all: false, member: asker.id, received };
  }

  private async record(
    { id, grant }: EvidenceAsker & { kind: 'person' },
    from: number,
    end: number,
  ): Promise<boolean> {
    return this.database.transaction('record-evidence-read', `person:${id}`, async (tx) => {
      const [row] = await tx.query<{ recorded: boolean }>(
        'SELECT cairn.record_evidence_read($1, $2, $3) AS recorded',
        [grant, from, end],
      );
      return row!.recorded;
    });
  }
}
