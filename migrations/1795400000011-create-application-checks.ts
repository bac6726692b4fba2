import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Checks of applicants that workers make: what is due, the token that proves a domain, the links that prove mailboxes, and the messages
 * that carry these. Outcomes are acts on the application (application_check) and stay; the rows here only say what is still to be done.
 */
export class CreateApplicationChecks1795400000011 implements MigrationInterface {
  name = 'CreateApplicationChecks1795400000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(GRANTS);
    await runner.query(FENCES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE cairn.outbox_message, cairn.mailbox_link, cairn.check_task, cairn.domain_challenge',
    );
  }
}

const TABLES = `
  CREATE TABLE cairn.domain_challenge (
    application_id uuid CONSTRAINT domain_challenge_pk PRIMARY KEY
      CONSTRAINT domain_challenge_application_fk REFERENCES cairn.application,
    token text NOT NULL CONSTRAINT domain_challenge_token_ck CHECK (token ~ '^[A-Za-z0-9_-]{43}$'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  COMMENT ON COLUMN cairn.domain_challenge.token IS
    '256 random bits that the applicant publishes at /.well-known/cairn-challenge of its domain: no secret, but nobody else''s';

  CREATE TABLE cairn.check_task (
    application_id uuid NOT NULL CONSTRAINT check_task_application_fk REFERENCES cairn.application,
    code text NOT NULL,
    facts jsonb NOT NULL,
    handed_in integer NOT NULL,
    begun_at timestamptz NOT NULL,
    due_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    problem text,
    lease uuid,
    leased_until timestamptz,
    asked_by integer CONSTRAINT check_task_person_fk REFERENCES cairn.person,
    asked_at timestamptz,
    CONSTRAINT check_task_pk PRIMARY KEY (application_id, code),
    CONSTRAINT check_task_attempts_ck CHECK (attempts >= 0),
    CONSTRAINT check_task_problem_ck CHECK (length(problem) BETWEEN 1 AND 1000),
    CONSTRAINT check_task_lease_ck CHECK ((lease IS NULL) = (leased_until IS NULL)),
    CONSTRAINT check_task_asked_ck CHECK ((asked_by IS NULL) = (asked_at IS NULL))
  );
  CREATE INDEX check_task_due_ix ON cairn.check_task (due_at) WHERE due_at IS NOT NULL;
  COMMENT ON COLUMN cairn.check_task.facts IS 'facts of the profile that it is about; when they change it begins anew';
  COMMENT ON COLUMN cairn.check_task.handed_in IS
    'number of the applicant''s move that handed in what is checked; after another one a failed check begins anew';
  COMMENT ON COLUMN cairn.check_task.due_at IS 'when it is to be tried next; null when nothing is to be done';
  COMMENT ON COLUMN cairn.check_task.problem IS 'what the latest try lacked';
  COMMENT ON COLUMN cairn.check_task.lease IS
    'the try under way: one that lost its lease records nothing, and one whose worker died is taken up by another';

  CREATE TABLE cairn.mailbox_link (
    digest bytea CONSTRAINT mailbox_link_pk PRIMARY KEY CONSTRAINT mailbox_link_digest_ck CHECK (octet_length(digest) = 32),
    application_id uuid NOT NULL CONSTRAINT mailbox_link_application_fk REFERENCES cairn.application,
    address text NOT NULL CONSTRAINT mailbox_link_address_ck CHECK (length(address) BETWEEN 3 AND 254),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT mailbox_link_life_ck CHECK (expires_at > created_at),
    CONSTRAINT mailbox_link_used_ck CHECK (used_at BETWEEN created_at AND expires_at)
  );
  CREATE INDEX mailbox_link_application_ix ON cairn.mailbox_link (application_id, address);
  COMMENT ON COLUMN cairn.mailbox_link.digest IS 'SHA-256 of the token in the link';

  CREATE TABLE cairn.outbox_message (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_message_pk PRIMARY KEY,
    link_digest bytea NOT NULL CONSTRAINT outbox_message_link_uq UNIQUE
      CONSTRAINT outbox_message_link_fk REFERENCES cairn.mailbox_link,
    application_id uuid NOT NULL CONSTRAINT outbox_message_application_fk REFERENCES cairn.application,
    recipient text NOT NULL CONSTRAINT outbox_message_recipient_ck CHECK (length(recipient) BETWEEN 3 AND 254),
    subject text NOT NULL CONSTRAINT outbox_message_subject_ck CHECK (length(subject) BETWEEN 1 AND 200),
    body text CONSTRAINT outbox_message_body_ck CHECK (length(body) BETWEEN 1 AND 10000),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    due_at timestamptz DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0 CONSTRAINT outbox_message_attempts_ck CHECK (attempts >= 0),
    problem text CONSTRAINT outbox_message_problem_ck CHECK (length(problem) BETWEEN 1 AND 200),
    lease uuid,
    leased_until timestamptz,
    sent_at timestamptz,
    CONSTRAINT outbox_message_lease_ck CHECK ((lease IS NULL) = (leased_until IS NULL)),
    CONSTRAINT outbox_message_rest_ck CHECK (lease IS NULL OR due_at IS NOT NULL),
    CONSTRAINT outbox_message_sent_ck CHECK (sent_at IS NULL OR due_at IS NULL),
    CONSTRAINT outbox_message_spent_ck CHECK ((body IS NULL) = (sent_at IS NOT NULL))
  );
  CREATE INDEX outbox_message_due_ix ON cairn.outbox_message (due_at) WHERE due_at IS NOT NULL;
  COMMENT ON TABLE cairn.outbox_message IS
    'messages that workers send, or without a mail server staff by hand; each is deleted once its link is used or has run out';
  COMMENT ON COLUMN cairn.outbox_message.body IS 'holds a link that works, so it is gone as soon as it was sent';
  COMMENT ON COLUMN cairn.outbox_message.due_at IS
    'when a worker is to try next; null when it was sent, or, with no sent_at, when it was given up';
  COMMENT ON COLUMN cairn.outbox_message.problem IS 'why the latest try failed, in words of the hub';
  COMMENT ON COLUMN cairn.outbox_message.lease IS
    'the try under way: one whose worker died is taken up by another, which may send the message a second time';
`;

const GRANTS = `
  GRANT SELECT, INSERT ON cairn.domain_challenge TO cairn_api, cairn_worker;
  GRANT SELECT, UPDATE (begun_at, due_at, attempts, problem, lease, leased_until, asked_by, asked_at)
    ON cairn.check_task TO cairn_api;
  GRANT SELECT, INSERT, UPDATE ON cairn.check_task TO cairn_worker;
  GRANT SELECT, UPDATE (used_at) ON cairn.mailbox_link TO cairn_api;
  GRANT SELECT, INSERT ON cairn.mailbox_link TO cairn_worker;
  GRANT SELECT, UPDATE (due_at, attempts, problem) ON cairn.outbox_message TO cairn_api;
  GRANT SELECT, INSERT, UPDATE, DELETE ON cairn.outbox_message TO cairn_worker;
`;

/** An applicant sees its own challenge and how its checks stand, and has the next try made; staff run checks again and read messages; links belong to who follows them. */
const FENCES = `
  ${['domain_challenge', 'check_task', 'mailbox_link', 'outbox_message']
    .map(
      (table) => `
    ALTER TABLE cairn.${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY ${table}_worker ON cairn.${table} TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
    CREATE POLICY ${table}_owner ON cairn.${table} TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');`,
    )
    .join('')}

  CREATE POLICY domain_challenge_applicant ON cairn.domain_challenge TO cairn_api
    USING (application_id = (SELECT cairn.actor_applicant()));
  CREATE POLICY check_task_applicant ON cairn.check_task TO cairn_api
    USING (application_id = (SELECT cairn.actor_applicant()));
  CREATE POLICY check_task_api ON cairn.check_task TO cairn_api
    USING ((SELECT cairn.actor_kind()) IN ('person', 'system'));
  CREATE POLICY mailbox_link_api ON cairn.mailbox_link TO cairn_api USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY outbox_message_api ON cairn.outbox_message TO cairn_api
    USING ((SELECT cairn.actor_kind()) = 'person');
`;
