import { randomUUID } from 'node:crypto';
import { purgeErased, Erasures } from '#libs/provenance';
import type { LinePlace } from '#libs/protocol';
import type { Database } from '#libs/platform';
import { must } from './hub.js';
import { giveStaffRoles } from './people.js';

/** A hub's databases, and its name. */
export interface ErasedHub {
  readonly api: Database;
  readonly worker: Database;
  readonly origin: string;
}

/** Two persons of staff who erase lines of a hub. */
export class TestEraser {
  readonly desk: Erasures;

  private constructor(
    private readonly hub: ErasedHub,
    readonly requester: number,
    readonly approver: number,
  ) {
    this.desk = new Erasures(hub.api);
  }

  static async on(hub: ErasedHub): Promise<TestEraser> {
    const [requester, approver] = await hub.worker.transaction('add-staff', 'system:test', async (tx) => {
      const people = await tx.query<{ id: number }>(
        `INSERT INTO cairn.person (issuer, subject, name) SELECT 'https://id.test', s, s FROM unnest($1::text[]) s RETURNING id`,
        [['vera', 'anna'].map((name) => `${name}-${randomUUID()}`)],
      );
      const ids = people.map(({ id }) => id);
      await giveStaffRoles(tx, ids, ['approver']);
      return ids;
    });
    return new TestEraser(hub, requester!, approver!);
  }

  /** Asks for an erasure and has it confirmed; its statement is logged when the hub settles. */
  async erase(lines: readonly LinePlace[]): Promise<void> {
    const asked = await this.desk.request(this.requester, {
      lines,
      reason: 'data_subject',
      justification: 'A request.',
    });
    must(asked);
    if (asked.ok) {
      const { document, digest } = asked.erasure;
      must(await this.desk.confirm(this.approver, document.id, digest));
    }
  }

  /** Deletes the bytes of all that is due. */
  async purge(delayHours = 0): Promise<void> {
    while ((await purgeErased(this.hub.worker, { hub: this.hub.origin, delayHours })) !== null);
  }

  /** Lines that can be erased now, in log order. */
  async lines(): Promise<(LinePlace & { said: string })[]> {
    return this.hub.worker.read('list-lines', 'system:test', (tx) =>
      tx.query<LinePlace & { said: string }>(
        `SELECT e.log_index::float8 AS index, e.line, concat_ws('/', e.signal_id, e.channel_id) AS said
           FROM cairn.entry e, cairn.projection p
          WHERE e.log_index < p.size AND NOT EXISTS (
            SELECT FROM cairn.erased_line g WHERE g.log_index = e.log_index AND g.line = e.line) ORDER BY 1, 2`,
      ),
    );
  }

  /** A line that can be erased, with all that was said before about the signal in its channel. */
  async pick(number: number): Promise<LinePlace[]> {
    const lines = await this.lines();
    if (lines.length === 0) return [];
    const at = number % lines.length;
    return lines
      .slice(0, at + 1)
      .filter(({ said }) => said === lines[at]!.said)
      .map(({ index, line }) => ({ index, line }));
  }
}
