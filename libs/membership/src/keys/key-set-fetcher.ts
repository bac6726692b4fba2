import { parseJwks, type JwksRefusalCode, type PublicKeyRecord } from '#libs/keys';
import type { Database, OutgoingClient, OutgoingRefusalCode, Tx } from '#libs/platform';
import { decodeUtf8 } from '#libs/protocol';
import { applyKeySet, unlistRemovedSets, type KeySetRefusal } from './apply-key-set.js';

const ACTOR = 'system:worker';

/** Sets read side by side in one round. */
const MOST_AT_ONCE = 8;

/** Why a set, or a key in it, was not taken; the last good set stays for a day. */
export type KeySetFailure = OutgoingRefusalCode | JwksRefusalCode | KeySetRefusal | 'BAD_STATUS';

/** What came of reading one set. */
export interface FetchedKeySet {
  readonly member: string;
  /** Keys that are new to the hub: somebody at the member should know of each. */
  readonly added: number;
  readonly failure: KeySetFailure | null;
}

interface DueSet {
  memberId: number;
  member: string;
  url: string;
}

/**
 * Reads the JWK Sets of members, each ten minutes after it was read well, a minute after it was not, and never twice in 30 seconds. A new key
 * is registered and logged as any other, for auth alone; a key that is gone from the set stands no more from then on and is retired a day
 * later, so that a set that is broken for an hour costs no key.
 */
export class KeySetFetcher {
  constructor(
    private readonly database: Database,
    private readonly outgoing: Pick<OutgoingClient, 'get'>,
  ) {}

  /** Reads the sets that are due, at most eight; several processes never read the same. */
  async round(): Promise<FetchedKeySet[]> {
    const due = await this.database.transaction('claim-key-sets', ACTOR, claimDue);
    return Promise.all(due.map((set) => this.read(set)));
  }

  private async read(set: DueSet): Promise<FetchedKeySet> {
    const fetched = await this.fetch(set.url);
    return this.database.transaction('apply-key-set', ACTOR, async (tx) => {
      const applied =
        'failure' in fetched
          ? { ...fetched, taken: false, added: 0 }
          : await applyKeySet(tx, set, fetched.keys);
      await noteAttempt(tx, set, applied);
      return { member: set.member, added: applied.added, failure: applied.failure };
    });
  }

  private async fetch(
    url: string,
  ): Promise<{ keys: readonly PublicKeyRecord[] } | { failure: KeySetFailure }> {
    const answer = await this.outgoing.get(url);
    if (!answer.ok) return { failure: answer.code };
    if (answer.status !== 200) return { failure: 'BAD_STATUS' };
    const text = readText(answer.body);
    if (text === null) return { failure: 'NOT_A_JWKS' };
    const set = parseJwks(text);
    return set.ok ? { keys: set.keys } : { failure: set.code };
  }
}

function readText(body: Uint8Array): string | null {
  try {
    return decodeUtf8(body);
  } catch {
    return null;
  }
}

async function claimDue(tx: Tx): Promise<DueSet[]> {
  await unlistRemovedSets(tx);
  return tx.query<DueSet>(
    `UPDATE cairn.member_key_set s SET attempted_at = now(), due_at = now() + interval '1 minute'
       FROM (SELECT d.member_id, m.handle FROM cairn.member_key_set d JOIN cairn.member m ON m.id = d.member_id
              WHERE d.url IS NOT NULL AND d.due_at <= now() AND m.status <> 'expelled'
                AND (d.attempted_at IS NULL OR d.attempted_at <= now() - interval '30 seconds')
              ORDER BY d.due_at LIMIT ${MOST_AT_ONCE} FOR UPDATE OF d SKIP LOCKED) due
      WHERE s.member_id = due.member_id RETURNING s.member_id AS "memberId", due.handle AS member, s.url`,
  );
}

/** A URL that was changed meanwhile is read anew, whatever came from the old one. */
async function noteAttempt(
  tx: Tx,
  { memberId, url }: DueSet,
  { taken, failure }: { taken: boolean; failure: KeySetFailure | null },
): Promise<void> {
  await tx.query(
    taken
      ? `UPDATE cairn.member_key_set SET failure = $3, fetched_at = now(), due_at = now() + interval '10 minutes'
          WHERE member_id = $1 AND url = $2`
      : 'UPDATE cairn.member_key_set SET failure = $3 WHERE member_id = $1 AND url = $2',
    [memberId, url, failure],
  );
}
