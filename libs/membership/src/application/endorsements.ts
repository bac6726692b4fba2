import { hash } from 'node:crypto';
import { verifyJsonJws } from '#libs/keys';
import type { Database, Tx } from '#libs/platform';
import { ENDORSEMENT_TYP, ProtocolError, readEndorsement, type Endorsement } from '#libs/protocol';
import { findKey, type MemberKey } from '../member-directory.js';
import { act } from './act.js';
import { ActRefused, type ApplicationResult } from './application-result.js';
import { optional } from './application-review.js';

const MOST_CHARACTERS = 8192;
const MOST_AGE_SECONDS = 30 * 24 * 3600;
const FUTURE_SECONDS = 60;

interface SignedEndorsement {
  endorsement: Endorsement;
  payloadDigest: Buffer;
  key: MemberKey;
}

/** Signed statements of members for applicants. Which of them count is asked anew whenever it matters. */
export class Endorsements {
  /** @param origin the hub's origin: the only audience that is accepted */
  constructor(
    private readonly database: Database,
    private readonly origin: string,
  ) {}

  /**
   * Files an endorsement. Sending the same again returns its number.
   *
   * @param member row id of the member that the caller is authenticated as: only it can be the issuer
   * @param token compact JWS, typ `cairn-endorsement+jws`, by an active signing key of the member
   */
  endorse(member: number, token: unknown): Promise<ApplicationResult<{ number: number }>> {
    return act(this.database, 'endorse-applicant', { member }, async (tx) => {
      const signed = await this.read(tx, member, token);
      const stored = await findStored(tx, signed);
      if (stored !== null) return { number: stored };
      this.checkClaims(signed);
      const { endorsement, key, payloadDigest } = signed;
      const [row] = await tx.query<{ number: number }>(
        `INSERT INTO cairn.application_endorsement
            (application_id, member_id, key_id, jti, payload_digest, token, legal_name_digest, relationship, note, signed_at)
          VALUES ($1, $2, $3, $4, $5, $6, decode($7, 'hex'), $8, $9, to_timestamp($10)) RETURNING number::float8 AS number`,
        [
          endorsement.applicant.application,
          key.memberId,
          key.id,
          endorsement.jti,
          payloadDigest,
          token,
          endorsement.applicant.legalName,
          endorsement.relationship,
          endorsement.note,
          endorsement.iat,
        ],
      );
      return { number: row!.number };
    });
  }

  /** Takes an endorsement of one's own back, while the application has not been decided. */
  withdraw(
    member: number,
    application: string,
    endorsement: number,
    note: string | null = null,
  ): Promise<ApplicationResult> {
    return act(this.database, 'withdraw-endorsement', { member }, async (tx) => {
      const rows = await tx.query(
        `INSERT INTO cairn.application_endorsement_withdrawal (application_id, endorsement, member_id, note)
          SELECT e.application_id, e.number, e.member_id, $4 FROM cairn.application_endorsement e
           WHERE e.application_id::text = $1 AND e.number = $2 AND e.member_id = $3 RETURNING 1`,
        [application, endorsement, member, optional(note, 4000, 'note')],
      );
      if (rows.length === 0) throw new ActRefused('NOT_FOUND', 'endorsement', 'is not known');
      return {};
    });
  }

  private async read(tx: Tx, member: number, token: unknown): Promise<SignedEndorsement> {
    let key: MemberKey | null = null;
    const verified = await verifyJsonJws({
      token,
      typ: ENDORSEMENT_TYP,
      maxBytes: MOST_CHARACTERS,
      key: async (kid) => {
        key = await findKey(tx, 'signing', kid);
        return key?.memberId === member && key.active ? key.record : null;
      },
    });
    if (!verified.ok) throw new ActRefused('BAD_INPUT', `endorsement.${verified.part}`, verified.rule);
    const payloadDigest = hash('sha256', verified.payload, 'buffer');
    return { endorsement: readClaims(verified.claims), payloadDigest, key: key! };
  }

  /** Whether the member's word counts, and the name is the applicant's, the database says: a member sees nothing of an application. */
  private checkClaims({ endorsement, key }: SignedEndorsement): void {
    if (endorsement.iss !== key.member)
      throw new ActRefused('BAD_INPUT', 'endorsement.iss', 'must be the member that sends it');
    if (endorsement.aud !== this.origin)
      throw new ActRefused('BAD_INPUT', 'endorsement.aud', 'must be this hub');
    if (key.notAfter !== null && endorsement.iat * 1000 > key.notAfter.getTime())
      throw new ActRefused(
        'BAD_INPUT',
        'endorsement.iat',
        'must not be later than the retirement of its key',
      );
    const age = Date.now() / 1000 - endorsement.iat;
    if (age < -FUTURE_SECONDS || age > MOST_AGE_SECONDS)
      throw new ActRefused('BAD_INPUT', 'endorsement.iat', 'must be at most 30 days ago and not to come');
  }
}

function readClaims(claims: object): Endorsement {
  try {
    return readEndorsement(claims);
  } catch (error) {
    if (error instanceof ProtocolError) throw new ActRefused('BAD_INPUT', error.field, error.rule);
    throw error;
  }
}

/** Identity is issuer, jti and payload digest, never the token's text. */
async function findStored(tx: Tx, { endorsement, payloadDigest, key }: SignedEndorsement) {
  const [row] = await tx.query<{ number: number }>(
    `SELECT number::float8 AS number FROM cairn.application_endorsement
      WHERE member_id = $1 AND jti = $2 AND payload_digest = $3`,
    [key.memberId, endorsement.jti, payloadDigest],
  );
  return row?.number ?? null;
}
