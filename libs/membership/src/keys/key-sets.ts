import type { Actor, Database, OutgoingClient, Tx } from '#libs/platform';
import { refused, type AdministrationResult } from '../administration-result.js';
import { lockMemberNamed } from '../lock-member.js';

const MAX_URL = 2048;

const NOT_A_MEMBER = refused('NOT_FOUND', 'member', 'is not a member of this hub');
const NO_KEY_SET = refused('NOT_FOUND', 'member', 'has no JWK Set');

/** A member's JWK Set as it stands. */
export interface KeySetStanding {
  /** Approved URL, or null. */
  url: string | null;
  /** Proposed, not yet approved. */
  nextUrl: string | null;
  nextBy: number | null;
  /** When a good set was last read. */
  fetchedAt: Date | null;
  attemptedAt: Date | null;
  /** Why the latest attempt gave nothing, or null. */
  failure: string | null;
}

/**
 * The URL under which a member publishes its auth keys. Two persons set it, since from then on its host speaks for the member: one who
 * administers the member, or staff, proposes it, and another one, of staff, approves. Who is what is for the caller to know.
 */
export class KeySets {
  constructor(
    private readonly database: Database,
    private readonly outgoing: Pick<OutgoingClient, 'accepts'>,
  ) {}

  /** A person proposes the URL; it takes the place of one proposed before. */
  async propose(person: number, member: string, url: string): Promise<AdministrationResult> {
    if (url.length > MAX_URL || !this.outgoing.accepts(url) || new URL(url).href !== url) {
      const rule =
        'must be an https URL in normal form, with a host name, on port 443, without user or fragment';
      return refused('BAD_INPUT', 'url', rule);
    }
    return this.database.transaction('propose-key-set', `person:${person}`, async (tx) => {
      const row = await lockMemberNamed(tx, member);
      if (row === null) return NOT_A_MEMBER;
      await tx.query(
        `INSERT INTO cairn.member_key_set AS s (member_id, next_url, next_by) VALUES ($1, $2, $3)
          ON CONFLICT (member_id) DO UPDATE SET next_url = $2, next_by = $3`,
        [row.id, url, person],
      );
      return { ok: true };
    });
  }

  /**
   * Another person, of staff, approves the proposed URL. Keys of a URL before it stand for the member no more, unless the new one lists them.
   *
   * @param url as the person was shown it.
   */
  async approve(person: number, member: string, url: string): Promise<AdministrationResult> {
    return this.database.transaction('approve-key-set', `person:${person}`, async (tx) => {
      const row = await lockMemberNamed(tx, member);
      if (row === null) return NOT_A_MEMBER;
      const set = await findKeySet(tx, member);
      if (set === null || set.nextUrl === null) return refused('NOT_FOUND', 'url', 'has not been proposed');
      if (set.nextUrl !== url) return refused('NOT_ALLOWED', 'url', 'is not the one that is proposed now');
      if (set.nextBy === person)
        return refused('NOT_ALLOWED', 'person', 'proposed it: a second person must approve');
      await tx.query(
        `UPDATE cairn.member_key_set SET url = next_url, host = $3, proposed_by = next_by, approved_by = $2,
                next_url = NULL, next_by = NULL, fetched_at = NULL, failure = NULL, due_at = now() WHERE member_id = $1`,
        [row.id, person, new URL(url).host],
      );
      return { ok: true };
    });
  }

  /** The set speaks for the member no more, at once; its keys are retired a day later. */
  async remove(actor: Actor, member: string): Promise<AdministrationResult> {
    return this.change(
      'remove-key-set',
      actor,
      member,
      `url = NULL, host = NULL, proposed_by = NULL, approved_by = NULL, next_url = NULL, next_by = NULL, fetched_at = NULL`,
    );
  }

  /** Asks for the set to be read soon: a new key is in it. However often this is asked, 30 seconds lie between two attempts. */
  async refresh(actor: Actor, member: string): Promise<AdministrationResult> {
    return this.change('refresh-key-set', actor, member, 'due_at = now()');
  }

  private async change(
    name: string,
    actor: Actor,
    member: string,
    change: string,
  ): Promise<AdministrationResult> {
    return this.database.transaction(name, actor, async (tx) => {
      const row = await lockMemberNamed(tx, member);
      if (row === null) return NOT_A_MEMBER;
      const sql = `UPDATE cairn.member_key_set SET ${change} WHERE member_id = $1 RETURNING 1`;
      return (await tx.query(sql, [row.id])).length === 1 ? { ok: true } : NO_KEY_SET;
    });
  }
}

/** The JWK Set of a member, or null when none was ever proposed. */
export async function findKeySet(tx: Tx, member: string): Promise<KeySetStanding | null> {
  const [row] = await tx.query<KeySetStanding>(
    `SELECT s.url, s.next_url AS "nextUrl", s.next_by AS "nextBy", s.fetched_at AS "fetchedAt",
            s.attempted_at AS "attemptedAt", s.failure
       FROM cairn.member_key_set s JOIN cairn.member m ON m.id = s.member_id WHERE m.handle = $1`,
    [member],
  );
  return row ?? null;
}
