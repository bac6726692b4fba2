import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * People: staff, member administrators, auditors. Who somebody is, is what an OpenID Connect provider says: issuer and subject. What
 * somebody may do is a history of givings and takings, to which rows are only added.
 */
export class CreatePeople1795400000007 implements MigrationInterface {
  name = 'CreatePeople1795400000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(PEOPLE);
    await runner.query(INVITATIONS);
    await runner.query(ROLES);
    await runner.query(SESSIONS);
    await runner.query(GRANTS);
    for (const [table, kinds] of Object.entries(FENCES)) await runner.query(fence(table, kinds));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP VIEW cairn.role_held;
      DROP TABLE cairn.terminal_code, cairn.login_attempt, cairn.session, cairn.role_change, cairn.invitation,
        cairn.staff_bootstrap, cairn.person_disablement, cairn.person;
    `);
  }
}

const PEOPLE = `
  CREATE TABLE cairn.person (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT person_pk PRIMARY KEY,
    issuer text NOT NULL,
    subject text NOT NULL,
    name text NOT NULL,
    email text,
    disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT person_identity_uq UNIQUE (issuer, subject)
  );
  COMMENT ON TABLE cairn.person IS 'identity is issuer and subject (OpenID Connect Core §5.7); name and e-mail address are shown, never compared';
  COMMENT ON COLUMN cairn.person.disabled IS 'as of the latest row of cairn.person_disablement';

  CREATE TABLE cairn.person_disablement (
    person_id integer NOT NULL CONSTRAINT person_disablement_person_fk REFERENCES cairn.person,
    ordinal integer NOT NULL,
    previous integer GENERATED ALWAYS AS (nullif(ordinal - 1, 0)) STORED,
    disabled boolean NOT NULL,
    reason text NOT NULL,
    by_person integer NOT NULL CONSTRAINT person_disablement_by_fk REFERENCES cairn.person,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT person_disablement_pk PRIMARY KEY (person_id, ordinal),
    CONSTRAINT person_disablement_order_ck CHECK (ordinal > 0 AND disabled = (ordinal % 2 = 1)),
    CONSTRAINT person_disablement_previous_fk FOREIGN KEY (person_id, previous)
      REFERENCES cairn.person_disablement (person_id, ordinal),
    CONSTRAINT person_disablement_self_ck CHECK (by_person <> person_id)
  );
  CREATE INDEX person_disablement_by_ix ON cairn.person_disablement (by_person);
`;

const INVITATIONS = `
  CREATE TABLE cairn.staff_bootstrap (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT staff_bootstrap_pk PRIMARY KEY,
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
  );
  COMMENT ON TABLE cairn.staff_bootstrap IS 'each time somebody with access to the machine made the first staff; invitations and roles name it';

  CREATE TABLE cairn.invitation (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT invitation_pk PRIMARY KEY,
    token_digest bytea NOT NULL CONSTRAINT invitation_token_uq UNIQUE
      CONSTRAINT invitation_token_ck CHECK (octet_length(token_digest) = 32),
    role text NOT NULL CONSTRAINT invitation_role_ck
      CHECK (role IN ('vetter', 'approver', 'auditor', 'operator', 'member_admin')),
    member_id integer CONSTRAINT invitation_member_fk REFERENCES cairn.member,
    issuer text,
    subject text,
    by_person integer CONSTRAINT invitation_by_fk REFERENCES cairn.person,
    bootstrap_id integer CONSTRAINT invitation_bootstrap_fk REFERENCES cairn.staff_bootstrap,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    accepted_by integer CONSTRAINT invitation_accepted_by_fk REFERENCES cairn.person,
    accepted_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT invitation_role_member_ck CHECK ((role = 'member_admin') = (member_id IS NOT NULL)),
    CONSTRAINT invitation_addressee_ck CHECK ((issuer IS NULL) = (subject IS NULL)),
    CONSTRAINT invitation_source_ck CHECK (num_nonnulls(by_person, bootstrap_id) = 1),
    CONSTRAINT invitation_expires_ck CHECK (expires_at > created_at),
    CONSTRAINT invitation_accepted_ck CHECK ((accepted_by IS NULL) = (accepted_at IS NULL)),
    CONSTRAINT invitation_in_time_ck CHECK (accepted_at < expires_at),
    CONSTRAINT invitation_once_ck CHECK (num_nonnulls(accepted_at, revoked_at) < 2),
    CONSTRAINT invitation_self_ck CHECK (accepted_by <> by_person),
    CONSTRAINT invitation_bootstrap_person_uq UNIQUE (bootstrap_id, accepted_by)
  );
  COMMENT ON COLUMN cairn.invitation.token_digest IS 'SHA-256 of the token, which nobody can read again';
  COMMENT ON CONSTRAINT invitation_bootstrap_person_uq ON cairn.invitation IS 'the first staff are as many people as were invited';
  CREATE INDEX invitation_member_ix ON cairn.invitation (member_id);
`;

const ROLES = `
  CREATE TABLE cairn.role_change (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT role_change_pk PRIMARY KEY,
    person_id integer NOT NULL CONSTRAINT role_change_person_fk REFERENCES cairn.person,
    role text NOT NULL CONSTRAINT role_change_role_ck
      CHECK (role IN ('vetter', 'approver', 'auditor', 'operator', 'member_admin')),
    ordinal integer NOT NULL,
    previous integer GENERATED ALWAYS AS (nullif(ordinal - 1, 0)) STORED,
    given boolean NOT NULL,
    member_id integer CONSTRAINT role_change_member_fk REFERENCES cairn.member,
    reason text NOT NULL,
    by_person integer CONSTRAINT role_change_by_fk REFERENCES cairn.person,
    invitation_id integer CONSTRAINT role_change_invitation_uq UNIQUE
      CONSTRAINT role_change_invitation_fk REFERENCES cairn.invitation,
    bootstrap_id integer CONSTRAINT role_change_bootstrap_fk REFERENCES cairn.staff_bootstrap,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT role_change_order_uq UNIQUE (person_id, role, ordinal),
    CONSTRAINT role_change_order_ck CHECK (ordinal > 0 AND given = (ordinal % 2 = 1)),
    CONSTRAINT role_change_previous_fk FOREIGN KEY (person_id, role, previous)
      REFERENCES cairn.role_change (person_id, role, ordinal),
    CONSTRAINT role_change_member_ck CHECK ((role = 'member_admin') = (member_id IS NOT NULL)),
    CONSTRAINT role_change_source_ck CHECK (num_nonnulls(by_person, bootstrap_id) = 1),
    CONSTRAINT role_change_self_ck CHECK (NOT given OR by_person <> person_id)
  );
  COMMENT ON TABLE cairn.role_change IS 'of each role of each person: given, taken, given … by ordinal; rows are only added';
  COMMENT ON CONSTRAINT role_change_self_ck ON cairn.role_change IS 'nobody gives a role to themselves';
  CREATE INDEX role_change_member_ix ON cairn.role_change (member_id);
  CREATE INDEX role_change_by_ix ON cairn.role_change (by_person);

  CREATE VIEW cairn.role_held WITH (security_invoker = true) AS
    SELECT person_id, role, member_id, at AS since
      FROM (SELECT DISTINCT ON (person_id, role) person_id, role, member_id, at, given
              FROM cairn.role_change ORDER BY person_id, role, ordinal DESC) latest
     WHERE given;
`;

const SESSIONS = `
  CREATE TABLE cairn.session (
    digest bytea CONSTRAINT session_pk PRIMARY KEY CONSTRAINT session_digest_ck CHECK (octet_length(digest) = 32),
    person_id integer NOT NULL CONSTRAINT session_person_fk REFERENCES cairn.person,
    place text NOT NULL CONSTRAINT session_place_ck CHECK (place IN ('browser', 'terminal')),
    sid text CONSTRAINT session_sid_ck CHECK (length(sid) BETWEEN 1 AND 500),
    acr text CONSTRAINT session_acr_ck CHECK (length(acr) BETWEEN 1 AND 500),
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz NOT NULL,
    CONSTRAINT session_life_ck CHECK (ends_at <= created_at + interval '12 hours')
  );
  COMMENT ON COLUMN cairn.session.digest IS 'SHA-256 of the identifier that the person holds';
  COMMENT ON COLUMN cairn.session.sid IS 'id of the session at the identity provider, if it told one: a logout there ends this one';
  COMMENT ON COLUMN cairn.session.acr IS 'how the person proved who it is, in the words of the identity provider';
  CREATE INDEX session_person_ix ON cairn.session (person_id);
  CREATE INDEX session_sid_ix ON cairn.session (sid);

  CREATE TABLE cairn.login_attempt (
    digest bytea CONSTRAINT login_attempt_pk PRIMARY KEY
      CONSTRAINT login_attempt_digest_ck CHECK (octet_length(digest) = 32),
    return_path text,
    terminal_port integer CONSTRAINT login_attempt_port_ck CHECK (terminal_port BETWEEN 1024 AND 65535),
    terminal_challenge text,
    expires_at timestamptz NOT NULL,
    CONSTRAINT login_attempt_terminal_ck CHECK ((terminal_port IS NULL) = (terminal_challenge IS NULL))
  );
  COMMENT ON COLUMN cairn.login_attempt.digest IS 'SHA-256 of the secret in the browser, from which state, nonce and verifier follow';

  CREATE TABLE cairn.terminal_code (
    digest bytea CONSTRAINT terminal_code_pk PRIMARY KEY
      CONSTRAINT terminal_code_digest_ck CHECK (octet_length(digest) = 32),
    person_id integer NOT NULL CONSTRAINT terminal_code_person_fk REFERENCES cairn.person,
    challenge text NOT NULL,
    sid text CONSTRAINT terminal_code_sid_ck CHECK (length(sid) BETWEEN 1 AND 500),
    acr text CONSTRAINT terminal_code_acr_ck CHECK (length(acr) BETWEEN 1 AND 500),
    expires_at timestamptz NOT NULL
  );
`;

const GRANTS = `
  GRANT SELECT, INSERT, UPDATE (name, email, disabled) ON cairn.person TO cairn_api;
  GRANT SELECT, INSERT ON cairn.person_disablement, cairn.role_change TO cairn_api;
  GRANT SELECT ON cairn.role_held TO cairn_api, cairn_worker;
  GRANT SELECT, INSERT, UPDATE (accepted_by, accepted_at, revoked_at) ON cairn.invitation TO cairn_api;
  GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON cairn.session TO cairn_api;
  GRANT SELECT, INSERT, DELETE ON cairn.login_attempt, cairn.terminal_code TO cairn_api;
  GRANT SELECT, INSERT ON cairn.person, cairn.role_change, cairn.staff_bootstrap TO cairn_worker;
  GRANT SELECT ON cairn.person_disablement TO cairn_worker;
  GRANT SELECT, INSERT, UPDATE (revoked_at) ON cairn.invitation TO cairn_worker;
  GRANT SELECT, DELETE ON cairn.session, cairn.login_attempt, cairn.terminal_code TO cairn_worker;
`;

/**
 * By kind of actor, who of those that use the API's login sees a table at all. Which person may do what is decided by roles, in services:
 * members' machines and applicants see nothing.
 */
const FENCES: Readonly<Record<string, readonly string[]>> = {
  person: ['person', 'system'],
  person_disablement: ['person', 'system'],
  invitation: ['person', 'system'],
  role_change: ['person', 'system'],
  session: ['person', 'system'],
  login_attempt: ['system'],
  terminal_code: ['person', 'system'],
};

function fence(table: string, kinds: readonly string[]): string {
  const list = kinds.map((kind) => `'${kind}'`).join(', ');
  return `
    ALTER TABLE cairn.${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY ${table}_worker ON cairn.${table} TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
    CREATE POLICY ${table}_owner ON cairn.${table} TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
    CREATE POLICY ${table}_api ON cairn.${table} TO cairn_api USING ((SELECT cairn.actor_kind()) IN (${list}));`;
}
