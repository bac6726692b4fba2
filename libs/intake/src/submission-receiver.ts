import { signCompactJws, type SigningKey } from '#libs/keys';
import { findChannelAccess, findKey, lockMember, type ChannelAccess, type MemberKey } from '#libs/membership';
import type { Database, Enqueuer, Tx } from '#libs/platform';
import { mayTakePart, PROMISE_TYP, toHex, type Entry, type Manifest } from '#libs/protocol';
import { checkHead, type DeniedHead, type HeadMismatch } from './check-head.js';
import { checkAgainstPolicy } from './check-policy.js';
import { checkProbation } from './check-probation.js';
import { readLines, readSignedManifest, type SignedManifest } from './read-submission.js';
import {
  refuse,
  type SubmissionReceipt,
  type SubmissionRefusal,
  type SubmissionResult,
} from './submission-results.js';

/** Seconds that a manifest may lie in the future, and how old it may be when it is first received. */
const FUTURE_SECONDS = 60;
const MOST_AGE_SECONDS = 30 * 24 * 3600;

export interface ReceiverOptions {
  /** Origin of this hub: the only `aud` it accepts. */
  origin: string;
  /** Seconds within which a received submission is promised to be logged. */
  mergeDeadlineSeconds: number;
  /** The hub's key for promises. */
  promiseKey: SigningKey;
  /** Is told of each submission whose head the log never had, once what is kept of it is committed. */
  onHeadMismatch: (met: HeadMismatch) => void;
}

/** The receipt of a submission that was stored just now. */
type NewReceipt = SubmissionReceipt & { id: string };

/** What the caller sent; `member` is who the access token says the caller is, `memberId` its row. */
export interface ReceivedSubmission {
  memberId: number;
  member: string;
  manifest: string;
  entries: Uint8Array;
}

/** The front door for submissions: checks everything that needs no order, stores once, promises, and nudges a worker. */
export class SubmissionReceiver {
  constructor(
    private readonly database: Database,
    private readonly enqueuer: Enqueuer,
    private readonly options: ReceiverOptions,
  ) {}

  /**
   * Receives a submission. Sending the same again returns the stored receipt; a known manifest with other lines is refused like a
   * new one with lines that are not its own. A refused submission leaves no trace,
   * but for one whose head contradicts the log: that is evidence.
   */
  async receive(received: ReceivedSubmission): Promise<SubmissionResult> {
    const signed = await readSignedManifest(
      received.manifest,
      async (kid) => (await this.findKey(kid))?.record,
    );
    if (!signed.ok) return signed;
    const wrong = this.checkClaims(received.member, signed.manifest);
    if (wrong !== null) return wrong;
    const { memberId } = received;
    const stored = await this.database.read('find-receipt', `member:${memberId}`, (tx) =>
      this.findStored(tx, memberId, signed),
    );
    if (stored?.ok === false) return stored;
    // The root commits to the bytes of the lines, so lines that pass are those that were stored.
    const lines = readLines(received.entries, signed.manifest);
    if (!lines.ok) return lines;
    if (stored !== null) return stored;
    const result = await this.store(received, signed, lines.entries);
    if ('met' in result) {
      this.options.onHeadMismatch(result.met);
      return result.refusal;
    }
    if ('id' in result) await this.enqueuer.enqueue('decide-submission', { submissionId: result.id });
    return result;
  }

  /** Who signed is not known before: keys are public, and the author is held to be the caller later on. */
  private async findKey(kid: string): Promise<MemberKey | null> {
    return this.database.read('find-signing-key', 'system:api', (tx) => findKey(tx, 'signing', kid));
  }

  private checkClaims(member: string, manifest: Manifest): SubmissionRefusal | null {
    if (manifest.iss !== member)
      return refuse('WRONG_ISSUER', 'manifest.iss', 'must be the member that sends it');
    if (manifest.aud !== this.options.origin) {
      return refuse(
        'WRONG_AUDIENCE',
        'manifest.aud',
        `must be the origin of this hub, ${this.options.origin}`,
      );
    }
    return null;
  }

  /** The receipt given before for the same jti, or the alarm that its bytes were others. */
  private async findStored(
    tx: Tx,
    memberId: number,
    { manifest, payloadDigest }: SignedManifest,
  ): Promise<SubmissionResult | null> {
    const row = await findReceipt(tx, memberId, manifest.jti);
    if (row === null) return null;
    if (row.digest === toHex(payloadDigest)) return row;
    return refuse('JTI_CONFLICT', 'manifest.jti', 'was used before for a submission with other bytes');
  }

  private async store(
    received: ReceivedSubmission,
    signed: SignedManifest,
    entries: readonly Entry[],
  ): Promise<NewReceipt | SubmissionResult | DeniedHead> {
    const { memberId, member } = received;
    return this.database.transaction('receive-submission', `member:${memberId}`, async (tx) => {
      // The member's lock orders its submissions, so that the counter is the order of receipt, and orders them and the end of a key: what
      // is read from here on is what holds until this commits.
      await lockMember(tx, memberId);
      const key = await findKey(tx, 'signing', signed.kid);
      if (key === null || key.memberId !== memberId || !key.active) {
        return refuse(
          'KEY_NOT_ACTIVE',
          'manifest',
          'must be signed with an active signing key of the member',
        );
      }
      if (key.notAfter !== null && signed.manifest.iat * 1000 > key.notAfter.getTime()) {
        return refuse('KEY_NOT_ACTIVE', 'manifest.iat', 'must not be later than the retirement of its key');
      }
      if (!mayTakePart(key.memberStatus))
        return refuse('MEMBER_NOT_ACTIVE', 'manifest.iss', 'must be an active member');
      const access = await findChannelAccess(tx, memberId, signed.manifest.channel);
      const denied = checkAccess(access) ?? checkAgainstPolicy(entries, access!.policy);
      if (denied !== null) return denied;
      const stored = await this.findStored(tx, memberId, signed);
      if (stored !== null) return stored;
      const split = await checkHead(tx, {
        ...{ memberId, member },
        token: received.manifest,
        manifest: signed.manifest,
        hub: this.options.origin,
      });
      if (split !== null) return split;
      const now = await receiptTime(tx);
      const late = checkAge(signed.manifest, now) ?? (await checkProbation(tx, key, signed.manifest, now));
      return late ?? this.insert(tx, received, signed, key, access!, now);
    });
  }

  private async insert(
    tx: Tx,
    received: ReceivedSubmission,
    { manifest, payloadDigest }: SignedManifest,
    key: MemberKey,
    access: ChannelAccess,
    receivedAt: Date,
  ): Promise<NewReceipt> {
    const [counted] = await tx.query<{ counter: number }>(
      `INSERT INTO cairn.submission_counter AS c (member_id, received) VALUES ($1, 1)
        ON CONFLICT (member_id) DO UPDATE SET received = c.received + 1 RETURNING received::float8 AS counter`,
      [key.memberId],
    );
    const deadline = new Date(receivedAt.getTime() + this.options.mergeDeadlineSeconds * 1000);
    const facts = {
      jti: manifest.jti,
      digest: toHex(payloadDigest),
      receivedAt,
      deadline,
      counter: counted!.counter,
    };
    const promise = await this.sign(manifest.iss, facts);
    const [row] = await tx.query<{ id: string }>(INSERT, [
      key.memberId,
      key.id,
      access.id,
      manifest.jti,
      facts.counter,
      Buffer.from(payloadDigest),
      received.manifest,
      Buffer.from(received.entries),
      manifest.count,
      Buffer.from(manifest.root, 'hex'),
      manifest.attribution === 'named',
      manifest.head?.size ?? null,
      manifest.head === null ? null : Buffer.from(manifest.head.root, 'hex'),
      receivedAt,
      deadline,
      promise,
    ]);
    return { ok: true, id: row!.id, promise, ...facts };
  }

  private sign(
    member: string,
    facts: { jti: string; digest: string; receivedAt: Date; deadline: Date; counter: number },
  ): Promise<string> {
    const payload = {
      iss: this.options.origin,
      sub: member,
      jti: facts.jti,
      digest: facts.digest,
      received: facts.receivedAt.getTime(),
      counter: facts.counter,
      deadline: facts.deadline.getTime(),
    };
    return signCompactJws({ typ: PROMISE_TYP, payload, key: this.options.promiseKey });
  }
}

const INSERT = `INSERT INTO cairn.submission
    (member_id, key_id, channel_id, jti, counter, payload_digest, manifest, entries, entry_count, entries_root, named,
     head_size, head_root, received_at, deadline, promise)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) RETURNING id::text`;

/** The receipt of a submission of that member, or null. */
async function findReceipt(tx: Tx, memberId: number, jti: string): Promise<SubmissionReceipt | null> {
  const [row] = await tx.query<Omit<SubmissionReceipt, 'ok'>>(
    `SELECT s.jti, encode(s.payload_digest, 'hex') AS digest, s.received_at AS "receivedAt", s.deadline,
            s.counter::float8 AS counter, s.promise
       FROM cairn.submission s
      WHERE s.member_id = $1 AND s.jti = $2`,
    [memberId, jti],
  );
  return row === undefined ? null : { ok: true, ...row };
}

function checkAccess(access: ChannelAccess | null): SubmissionRefusal | null {
  // A channel that the member has nothing to do with is, for that member, not there.
  if (access === null || (!access.submit && !access.receive)) {
    return refuse('UNKNOWN_CHANNEL', 'manifest.channel', 'must be a channel that the member takes part in');
  }
  if (!access.submit)
    return refuse('NO_RIGHT_TO_SUBMIT', 'manifest.channel', 'the member has no right to submit to it');
  return null;
}

function checkAge({ iat }: Manifest, now: Date): SubmissionRefusal | null {
  const age = now.getTime() / 1000 - iat;
  if (age < -FUTURE_SECONDS) return refuse('FUTURE_MANIFEST', 'manifest.iat', 'must not lie in the future');
  if (age > MOST_AGE_SECONDS) return refuse('STALE_MANIFEST', 'manifest.iat', 'must be at most 30 days ago');
  return null;
}

/** The database's clock in whole milliseconds, so that promise and row agree. */
async function receiptTime(tx: Tx): Promise<Date> {
  const [row] = await tx.query<{ now: Date }>(`SELECT date_trunc('milliseconds', clock_timestamp()) AS now`);
  return row!.now;
}
