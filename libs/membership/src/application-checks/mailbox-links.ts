import { hash, randomBytes } from 'node:crypto';
import type { Database, Tx } from '#libs/platform';
import { act } from '../application/act.js';
import { ActRefused, type ApplicationResult } from '../application/application-result.js';

/** Days within which a link to confirm a mailbox works. */
export const MAILBOX_LINK_DAYS = 7;
/** Path of the page of a hub on which a mailbox is confirmed; the token is the fragment, which no server logs. */
export const MAILBOX_CONFIRMATION_PATH = '/confirm-mailbox';

const TOKEN = /^[\w-]{43}$/;

/** What became of a message: it waits for a worker or for staff, the mail server took it, or workers gave up. */
export type DeliveryState = 'waiting' | 'sent' | 'failed';

/** A message to a contact of an applicant. */
export interface OutboxMessage {
  id: string;
  application: string;
  recipient: string;
  subject: string;
  /** Holds a link that works; null once it was sent. */
  body: string | null;
  createdAt: Date;
  expiresAt: Date;
  state: DeliveryState;
  /** Tries of workers that failed. */
  attempts: number;
  /** What the latest of them lacked, as a rule in words. */
  problem: string | null;
  sentAt: Date | null;
}

/** Confirmations of mailboxes by whoever reads them. */
export class MailboxLinks {
  constructor(private readonly database: Database) {}

  /**
   * Confirms a mailbox, once; who says it again until the link has run out hears the same, and nothing happens. A token that has run out
   * ({@link MAILBOX_LINK_DAYS}) or never was: both get the same refusal. Call it for an act of a person (a POST), since programs that
   * scan mail follow links.
   */
  async confirm(token: string): Promise<ApplicationResult> {
    return act(this.database, 'confirm-mailbox', { system: 'api' }, async (tx) => {
      const [link] = TOKEN.test(token)
        ? await tx.query<{ application: string; used: boolean }>(
            `SELECT application_id AS application, used_at IS NOT NULL AS used FROM cairn.mailbox_link
              WHERE digest = $1 AND expires_at > cairn.admission_time() FOR UPDATE`,
            [digestOf(token)],
          )
        : [];
      if (link === undefined) throw new ActRefused('NOT_FOUND', 'token', 'is no open link');
      if (link.used) return {};
      await tx.execute('UPDATE cairn.mailbox_link SET used_at = cairn.admission_time() WHERE digest = $1', [
        digestOf(token),
      ]);
      // Taking the lease away lets a try that saw the mailbox unconfirmed change nothing.
      await tx.execute(
        `UPDATE cairn.check_task SET due_at = cairn.admission_time(), lease = NULL, leased_until = NULL
          WHERE application_id = $1 AND code = 'contact_mailboxes' AND due_at IS NOT NULL`,
        [link.application],
      );
      return {};
    });
  }
}

/**
 * Messages to contacts whose links have not run out, oldest first; of one application, or of all. Whoever reads a body can confirm the
 * mailbox.
 */
export async function listOutbox(
  tx: Tx,
  application: string | null,
  { first, skip = 0 }: { first: number; skip?: number },
): Promise<OutboxMessage[]> {
  return tx.query<OutboxMessage>(
    `SELECT id::text, application_id AS application, recipient, subject, body, created_at AS "createdAt", expires_at AS "expiresAt",
            CASE WHEN sent_at IS NOT NULL THEN 'sent' WHEN due_at IS NULL THEN 'failed' ELSE 'waiting' END AS state,
            attempts, problem, sent_at AS "sentAt"
       FROM cairn.outbox_message WHERE ($1::uuid IS NULL OR application_id = $1) AND expires_at > cairn.admission_time()
      ORDER BY cairn.outbox_message.id LIMIT $2 OFFSET $3`,
    [application, first, skip],
  );
}

/**
 * Makes a link for a mailbox and the message that carries it. The message names nothing that the applicant wrote: it goes to strangers.
 *
 * @param publicUrl base URL of the hub
 * @returns when the link runs out
 */
export async function issueMailboxLink(
  tx: Tx,
  application: string,
  address: string,
  publicUrl: string,
): Promise<Date> {
  const token = randomBytes(32).toString('base64url');
  const [message] = await tx.query<{ expiresAt: Date }>(
    `WITH link AS (
       INSERT INTO cairn.mailbox_link (digest, application_id, address, created_at, expires_at)
       SELECT $1, $2, $3, now, now + make_interval(days => $4) FROM cairn.admission_time() AS now
       RETURNING *)
     INSERT INTO cairn.outbox_message (link_digest, application_id, recipient, subject, body, created_at, expires_at, due_at)
     SELECT digest, application_id, address, $5, $6, created_at, expires_at, created_at FROM link
     RETURNING expires_at AS "expiresAt"`,
    [digestOf(token), application, address, MAILBOX_LINK_DAYS, SUBJECT, bodyOf(publicUrl, token)],
  );
  return message!.expiresAt;
}

/** Has workers try messages of an application again that they gave up. */
export async function sendAgain(tx: Tx, application: string): Promise<void> {
  await tx.execute(
    `UPDATE cairn.outbox_message SET due_at = cairn.admission_time(), attempts = 0, problem = NULL
      WHERE application_id = $1 AND due_at IS NULL AND sent_at IS NULL AND expires_at > cairn.admission_time()`,
    [application],
  );
}

/** Deletes messages whose link was used or has run out. */
export async function forgetSpentMessages(database: Database): Promise<void> {
  await database.transaction('forget-spent-messages', 'system:worker', (tx) =>
    tx.execute(
      `DELETE FROM cairn.outbox_message m USING cairn.mailbox_link l
        WHERE l.digest = m.link_digest AND (l.used_at IS NOT NULL OR l.expires_at <= cairn.admission_time())`,
    ),
  );
}

const SUBJECT = 'Confirm this mailbox';

function bodyOf(publicUrl: string, token: string): string {
  return [
    `An organisation that applies to ${publicUrl} named this address as one of its contacts.`,
    `To confirm that you read this mailbox for it, open the following link within ${MAILBOX_LINK_DAYS} days. It works once.`,
    '',
    `${publicUrl}${MAILBOX_CONFIRMATION_PATH}#${token}`,
    '',
    'If you know of no such application, do nothing.',
  ].join('\n');
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
