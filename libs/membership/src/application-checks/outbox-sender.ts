import {
  MAIL_SECONDS,
  type Database,
  type Mail,
  type MailOutcome,
  type MailRefusalCode,
} from '#libs/platform';

/** A message that was not taken; for the log, so without address and link. */
export interface MailRefusal {
  readonly application: string;
  /** Id of the message. */
  readonly message: string;
  readonly code: MailRefusalCode;
  readonly detail: string | null;
  /** Whether workers try no more, until staff ask them to. */
  readonly given: 'up' | 'another try';
}

export interface OutboxSenderOptions {
  readonly onRefusal: (refusal: MailRefusal) => void;
}

interface Claimed {
  readonly id: string;
  readonly application: string;
  readonly recipient: string;
  readonly subject: string;
  readonly body: string;
  readonly createdAt: Date;
  readonly attempts: number;
  readonly lease: string;
}

const WORKER = 'system:worker';
const MOST_AT_ONCE = 4;
const MINUTE = 60;
/** Seconds until the next try after each that failed: two days in all, then the message is given up. */
const DELAYS: readonly number[] = [1, 5, 30, 120, 360, 720, 1440].map((minutes) => minutes * MINUTE);
/** Seconds after which a message whose worker died is taken up by another: long after the slowest try has ended. */
const LEASE_SECONDS = 3 * MAIL_SECONDS;

/** What an applicant and staff are told, by why a message was not taken. */
const PROBLEMS: Readonly<Record<MailRefusalCode, string>> = {
  RECIPIENT_REFUSED: 'must be an address that takes mail: its server refused the message',
  REFUSED: 'must be taken by the mail server, which did not take it',
  LOGIN_REFUSED: 'must be sent by a hub that its mail server knows: the login was refused',
  NO_TLS: 'must go over TLS, which the mail server does not offer as it must',
  UNREACHABLE: 'must reach the mail server, which did not answer',
};

/**
 * Sends the messages of the outbox. Any number of workers may: a message is held by a lease while it is handed over, and is marked
 * afterwards. So each is sent at least once, and twice only when a worker dies between the server's answer and its own note of it; both
 * copies then have the same Message-ID.
 */
export class OutboxSender {
  constructor(
    private readonly database: Database,
    private readonly mail: Mail,
    private readonly options: OutboxSenderOptions,
  ) {}

  /** Sends whatever is due. @returns whether more may be waiting */
  async run(): Promise<boolean> {
    const claimed = await this.database.transaction('claim-messages', WORKER, (tx) =>
      tx.query<Claimed>(CLAIM, [LEASE_SECONDS, MOST_AT_ONCE]),
    );
    await Promise.all(claimed.map((message) => this.send(message)));
    return claimed.length === MOST_AT_ONCE;
  }

  private async send(message: Claimed): Promise<void> {
    const { id, recipient, subject, body, createdAt } = message;
    const outcome = await this.mail.send({
      id: `cairn-${createdAt.getTime()}-${id}`,
      recipient,
      subject,
      text: body,
    });
    if (outcome.ok) await this.note(SENT, [message.lease]);
    else await this.postpone(message, outcome);
  }

  private async postpone(
    { id, application, attempts, lease }: Claimed,
    { code, detail }: Extract<MailOutcome, { ok: false }>,
  ): Promise<void> {
    // What a server refuses for good stays refused.
    const delay = code === 'RECIPIENT_REFUSED' ? undefined : DELAYS[attempts];
    const noted = await this.note(POSTPONED, [lease, PROBLEMS[code], delay ?? null]);
    if (noted) {
      const given = delay === undefined ? 'up' : 'another try';
      this.options.onRefusal({ application, message: id, code, detail, given });
    }
  }

  /** Without its lease a try notes nothing. */
  private async note(sql: string, parameters: unknown[]): Promise<boolean> {
    const rows = await this.database.transaction('note-message', WORKER, (tx) => tx.execute(sql, parameters));
    return rows > 0;
  }
}

/** Nobody is written to for an application that has ended, nor about a link that was followed already. */
const CLAIM = `
  UPDATE cairn.outbox_message m
     SET lease = gen_random_uuid(), leased_until = cairn.admission_time() + make_interval(secs => $1)
    FROM (SELECT d.id
            FROM cairn.outbox_message d
            JOIN cairn.mailbox_link l ON l.digest = d.link_digest AND l.used_at IS NULL
            JOIN cairn.application a ON a.id = d.application_id AND a.state NOT IN ('withdrawn', 'rejected')
           WHERE d.due_at <= cairn.admission_time() AND d.expires_at > cairn.admission_time()
             AND (d.lease IS NULL OR d.leased_until <= cairn.admission_time())
           ORDER BY d.due_at, d.id LIMIT $2 FOR UPDATE OF d SKIP LOCKED) AS due
   WHERE m.id = due.id
  RETURNING m.id::text, m.application_id AS application, m.recipient, m.subject, m.body, m.created_at AS "createdAt", m.attempts,
            m.lease`;

const SENT = `
  UPDATE cairn.outbox_message
     SET sent_at = cairn.admission_time(), body = NULL, due_at = NULL, problem = NULL, lease = NULL, leased_until = NULL
   WHERE lease = $1`;

const POSTPONED = `
  UPDATE cairn.outbox_message
     SET attempts = attempts + 1, problem = $2, due_at = cairn.admission_time() + make_interval(secs => $3::float8),
         lease = NULL, leased_until = NULL
   WHERE lease = $1`;
