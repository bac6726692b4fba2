import { randomBytes } from 'node:crypto';
import {
  encodeBase64url,
  gatePublicKey,
  isFingerprintOf,
  keyFingerprint,
  type PublicKeyRecord,
} from '#libs/keys';
import { notify, type Actor, type Database, type Tx } from '#libs/platform';
import type { KeyPurpose } from '#libs/protocol';
import { refused, type AdministrationFailure, type AdministrationResult } from '../administration-result.js';
import { lockMemberNamed } from '../lock-member.js';
import { checkKeyProofs, type KeyProofs } from './check-key-proofs.js';
import { findOpenRegistration, type KeyRoute, type OpenRegistration } from './key-registration-rows.js';
import { KEYS_CHANNEL } from './keys-channel.js';

/** Seconds in which a challenge must be answered. */
export const CHALLENGE_SECONDS = 300;

/** Keys of one purpose that a member may have at a time, those that wait and retire included. */
const MOST_KEYS = 16;

/** What a member must sign to register a key (docs/protocol-keys.md §5). */
export interface KeyChallenge {
  /** Thumbprint of the new key; names the registration from now on. */
  readonly key: string;
  readonly fingerprint: string;
  /** `aud` of the proofs. */
  readonly audience: string;
  readonly nonce: string;
  readonly expiresAt: Date;
  /** `rotation`: an active key of the same purpose must sign too. `ceremony`: two staff confirm the fingerprint. */
  readonly route: KeyRoute;
}

export interface NewKey {
  readonly member: string;
  readonly purpose: KeyPurpose;
  /** Strictly parsed JSON. */
  readonly jwk: unknown;
}

/** Names a registration. */
export interface KeyName {
  readonly member: string;
  /** Thumbprint. */
  readonly key: string;
}

const NOT_OPEN = refused('NOT_FOUND', 'key', 'is not a key of this member that waits to be registered');

/**
 * Registers the keys that members upload. A key takes effect when its statement is logged, and that is asked for (`KeyStatements`) only
 * when the registration is complete: possession is proved and either an active key of the same purpose has signed too or, where the
 * member has none, two staff have confirmed the fingerprint, which the member told them by another way. Who may act for a member, and who
 * is staff, is for the caller to know.
 */
export class KeyRegistrations {
  constructor(
    private readonly database: Database,
    /** The hub's origin: what proofs are addressed to. */
    private readonly origin: string,
  ) {}

  /** Takes a public key in, through the key gate, and gives the challenge. */
  async request(
    actor: Actor,
    { member, purpose, jwk }: NewKey,
  ): Promise<AdministrationResult<{ challenge: KeyChallenge }>> {
    const gate = gatePublicKey(jwk);
    if (!gate.ok) return refused('BAD_INPUT', gate.field === '' ? 'jwk' : `jwk.${gate.field}`, gate.rule);
    return this.database.transaction('request-key', actor, async (tx) => {
      const row = await lockMemberNamed(tx, member);
      if (row === null) return refused('NOT_FOUND', 'member', 'is not a member of this hub');
      if (row.standing === 'expelled') return refused('NOT_ALLOWED', 'member', 'is expelled');
      await withdrawLapsed(tx, row.id, purpose, gate.key.kid);
      const full = await refuseFull(tx, row.id, purpose);
      if (full !== null) return full;
      const route = (await hasWitness(tx, row.id, purpose)) ? 'rotation' : 'ceremony';
      const [added] = await tx.query<{ id: number }>(
        `INSERT INTO cairn.member_key (member_id, purpose, thumbprint, jwk, route) VALUES ($1, $2, $3, $4, $5)
          ON CONFLICT (thumbprint) WHERE state <> 'withdrawn' DO NOTHING RETURNING id`,
        [row.id, purpose, gate.key.kid, gate.key.jwk, route],
      );
      if (added === undefined)
        return refused('TAKEN', 'jwk', 'is registered already: a key belongs to one member once');
      return { ok: true, challenge: await this.open(tx, added.id, gate.key, route, actor) };
    });
  }

  /** Gives a new challenge for a key that is not proved yet; the one before counts no more. */
  async challengeAgain(
    actor: Actor,
    { member, key }: KeyName,
  ): Promise<AdministrationResult<{ challenge: KeyChallenge }>> {
    return this.database.transaction('challenge-key', actor, async (tx) => {
      await lockMemberNamed(tx, member);
      const open = await findOpenRegistration(tx, member, key);
      if (open === null) return NOT_OPEN;
      if (open.provedAt !== null) return refused('NOT_ALLOWED', 'key', 'is proved already');
      const nonce = newNonce();
      const [row] = await tx.query<{ expiresAt: Date }>(
        `UPDATE cairn.key_registration SET nonce = $2, nonce_expires_at = now() + make_interval(secs => $3)
          WHERE key_id = $1 RETURNING nonce_expires_at AS "expiresAt"`,
        [open.keyId, nonce, CHALLENGE_SECONDS],
      );
      return { ok: true, challenge: this.challenge(open.record, open.route, nonce, row!.expiresAt) };
    });
  }

  /**
   * Proves possession. After it a key that an active one vouches for is complete, any other waits for two staff.
   *
   * @returns whether the registration is complete.
   */
  async prove(
    actor: Actor,
    { member, key, ...proofs }: KeyName & KeyProofs,
  ): Promise<AdministrationResult<{ complete: boolean }>> {
    return this.database.transaction('prove-key', actor, async (tx) => {
      await lockMemberNamed(tx, member);
      const open = await findOpenRegistration(tx, member, key);
      if (open === null) return NOT_OPEN;
      const checked = await checkKeyProofs(tx, this.origin, open, proofs);
      if (!checked.ok) return checked;
      const complete = open.route === 'rotation';
      await tx.query(
        `UPDATE cairn.key_registration SET proof = $2, proved_at = now(), witness_id = $3, witness_proof = $4,
                completed_at = CASE WHEN $5 THEN now() END WHERE key_id = $1`,
        [open.keyId, proofs.proof, checked.witnessId, checked.witnessProof, complete],
      );
      if (complete) await notify(tx, KEYS_CHANNEL);
      return { ok: true, complete };
    });
  }

  /**
   * A staff person confirms that the fingerprint which the member gave by another way (a call, a meeting) is that of the key.
   *
   * @param person id of the staff person; the second must be another than the first, and neither the one who uploaded the key.
   * @param fingerprint as it was heard.
   */
  async confirm(
    person: number,
    { member, key, fingerprint }: KeyName & { fingerprint: string },
  ): Promise<AdministrationResult<{ complete: boolean }>> {
    return this.database.transaction('confirm-key', `person:${person}`, async (tx) => {
      await lockMemberNamed(tx, member);
      const open = await findOpenRegistration(tx, member, key);
      if (open === null) return NOT_OPEN;
      const refusal = refuseConfirmation(open, person, fingerprint);
      if (refusal !== null) return refusal;
      const complete = open.firstConfirmer !== null;
      const sql = complete
        ? 'second_confirmer = $2, second_confirmed_at = now(), completed_at = now()'
        : 'first_confirmer = $2, first_confirmed_at = now()';
      await tx.query(`UPDATE cairn.key_registration SET ${sql} WHERE key_id = $1`, [open.keyId, person]);
      if (complete) await notify(tx, KEYS_CHANNEL);
      return { ok: true, complete };
    });
  }

  /** Takes a key back that is not registered yet: its member changed its mind, or staff heard another fingerprint. */
  async withdraw(actor: Actor, { member, key }: KeyName): Promise<AdministrationResult> {
    return this.database.transaction('withdraw-key', actor, async (tx) => {
      await lockMemberNamed(tx, member);
      const open = await findOpenRegistration(tx, member, key);
      if (open === null) return NOT_OPEN;
      if (open.completedAt !== null) return refused('NOT_ALLOWED', 'key', 'is registered: revoke it');
      await tx.query(`UPDATE cairn.member_key SET state = 'withdrawn' WHERE id = $1`, [open.keyId]);
      return { ok: true };
    });
  }

  private async open(
    tx: Tx,
    keyId: number,
    record: PublicKeyRecord,
    route: KeyRoute,
    actor: Actor,
  ): Promise<KeyChallenge> {
    const nonce = newNonce();
    const [row] = await tx.query<{ expiresAt: Date }>(
      `INSERT INTO cairn.key_registration (key_id, route, requested_by, nonce, nonce_expires_at)
        VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5)) RETURNING nonce_expires_at AS "expiresAt"`,
      [keyId, route, actor, nonce, CHALLENGE_SECONDS],
    );
    return this.challenge(record, route, nonce, row!.expiresAt);
  }

  private challenge(record: PublicKeyRecord, route: KeyRoute, nonce: string, expiresAt: Date): KeyChallenge {
    const fingerprint = keyFingerprint(record);
    return { key: record.kid, fingerprint, audience: this.origin, nonce, expiresAt, route };
  }
}

function newNonce(): string {
  return encodeBase64url(randomBytes(16));
}

/** A key that nobody proved in time blocks nobody: neither the member's next one, nor another member whose key it really is. */
async function withdrawLapsed(tx: Tx, memberId: number, purpose: KeyPurpose, key: string): Promise<void> {
  await tx.query(
    `UPDATE cairn.member_key k SET state = 'withdrawn' FROM cairn.key_registration r
      WHERE r.key_id = k.id AND k.state = 'pending' AND r.proved_at IS NULL AND r.nonce_expires_at <= now()
        AND (k.thumbprint = $3 OR (k.member_id = $1 AND k.purpose = $2))`,
    [memberId, purpose, key],
  );
}

async function refuseFull(
  tx: Tx,
  memberId: number,
  purpose: KeyPurpose,
): Promise<AdministrationFailure | null> {
  const [row] = await tx.query<{ keys: number; waiting: boolean }>(
    `SELECT count(*)::integer AS keys, coalesce(bool_or(state = 'pending' AND route <> 'operator'), false) AS waiting
       FROM cairn.member_key WHERE member_id = $1 AND purpose = $2 AND state IN ('pending', 'active', 'retiring')`,
    [memberId, purpose],
  );
  if (row!.waiting) {
    return refused(
      'NOT_ALLOWED',
      'purpose',
      'has a key that waits to be registered: finish or withdraw that one',
    );
  }
  return row!.keys >= MOST_KEYS
    ? refused('NOT_ALLOWED', 'purpose', `must have at most ${MOST_KEYS} keys: retire one`)
    : null;
}

/** Only an uploaded key vouches for another: whoever takes over the host of a JWK Set gains no key that lasts. */
async function hasWitness(tx: Tx, memberId: number, purpose: KeyPurpose): Promise<boolean> {
  const rows = await tx.query(
    `SELECT 1 FROM cairn.member_key
      WHERE member_id = $1 AND purpose = $2 AND state = 'active' AND route <> 'key_set' LIMIT 1`,
    [memberId, purpose],
  );
  return rows.length === 1;
}

function refuseConfirmation(
  open: OpenRegistration,
  person: number,
  fingerprint: string,
): AdministrationFailure | null {
  if (open.route !== 'ceremony')
    return refused('NOT_ALLOWED', 'key', 'is vouched for by an active key: nobody needs to confirm it');
  if (open.provedAt === null) return refused('NOT_ALLOWED', 'key', 'must be proved by the member first');
  if (open.completedAt !== null) return refused('NOT_ALLOWED', 'key', 'is confirmed already');
  if (open.requestedBy === `person:${person}`)
    return refused('NOT_ALLOWED', 'person', 'uploaded the key: others must confirm it');
  if (open.firstConfirmer === person)
    return refused('NOT_ALLOWED', 'person', 'has confirmed it already: a second person must');
  return isFingerprintOf(fingerprint, open.record)
    ? null
    : refused('BAD_INPUT', 'fingerprint', 'is not that of this key: hear it again, or withdraw the key');
}
