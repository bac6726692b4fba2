import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What staff did about members after their admission: rights, accreditation, control group, recall. Rows are only added, and always in the
 * name of the person who acts: neither person nor time can be given.
 */
export class CreateMemberActs1795400000014 implements MigrationInterface {
  name = 'CreateMemberActs1795400000014';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
    await runner.query(ACCESS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cairn.member_act');
  }
}

const TABLE = `
  CREATE TABLE cairn.member_act (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT member_act_pk PRIMARY KEY,
    member_id integer NOT NULL CONSTRAINT member_act_member_fk REFERENCES cairn.member,
    act text NOT NULL CONSTRAINT member_act_act_ck CHECK (act IN ('right', 'accreditation', 'control_group', 'recall')),
    channel_id smallint CONSTRAINT member_act_channel_fk REFERENCES cairn.channel,
    submit boolean,
    receive boolean,
    basis text CONSTRAINT member_act_basis_ck CHECK (basis IN ('nothing_more', 'sandbox', 'pass', 'waiver')),
    report_digest bytea CONSTRAINT member_act_digest_ck CHECK (octet_length(report_digest) = 32),
    waiver_id integer,
    waiver_scope smallint,
    waived_by integer,
    waived_until timestamptz,
    accredited boolean,
    control_group text,
    from_index bigint CONSTRAINT member_act_from_ck CHECK (from_index >= 0),
    reason text NOT NULL CONSTRAINT member_act_reason_ck CHECK (length(reason) BETWEEN 1 AND 4000),
    person_id integer NOT NULL DEFAULT cairn.actor_person() CONSTRAINT member_act_person_fk REFERENCES cairn.person,
    at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT member_act_right_ck CHECK ((act = 'right') = (num_nonnulls(channel_id, submit, receive, basis) = 4)
      AND (act = 'right' OR num_nonnulls(channel_id, submit, receive, basis) = 0)),
    CONSTRAINT member_act_accreditation_ck CHECK ((act = 'accreditation') = (accredited IS NOT NULL)),
    CONSTRAINT member_act_group_ck CHECK ((act = 'control_group') = (control_group IS NOT NULL)),
    CONSTRAINT member_act_recall_ck CHECK ((act = 'recall') = (from_index IS NOT NULL)),
    CONSTRAINT member_act_pass_ck CHECK ((basis IS NOT DISTINCT FROM 'pass') = (report_digest IS NOT NULL)),
    CONSTRAINT member_act_waiver_ck CHECK (num_nonnulls(waiver_id, waiver_scope, waived_by, waived_until)
      = CASE WHEN basis IS NOT DISTINCT FROM 'waiver' THEN 4 ELSE 0 END),
    CONSTRAINT member_act_waiver_fk FOREIGN KEY (waiver_id, member_id, waiver_scope, waived_by, waived_until)
      REFERENCES cairn.conformance_waiver (id, member_id, scope, person_id, until),
    CONSTRAINT member_act_waiver_scope_ck CHECK (waiver_scope IN (0, channel_id)),
    CONSTRAINT member_act_waiver_in_time_ck CHECK (at < waived_until),
    CONSTRAINT member_act_two_persons_ck CHECK (waived_by <> person_id)
  );
  COMMENT ON TABLE cairn.member_act IS 'acts of staff on members; each asks for a statement in its own transaction, and says why';
  COMMENT ON COLUMN cairn.member_act.basis IS 'of a right: it gives no more than was asked for last, or on what it gives more';
  COMMENT ON CONSTRAINT member_act_two_persons_ck ON cairn.member_act IS 'who waived conformance does not give the right';
  CREATE INDEX member_act_member_ix ON cairn.member_act (member_id, id);
  CREATE TRIGGER member_act_append_only BEFORE UPDATE OR DELETE ON cairn.member_act
    FOR EACH ROW EXECUTE FUNCTION cairn.refuse_rewriting();
  CREATE TRIGGER member_act_not_emptied BEFORE TRUNCATE ON cairn.member_act
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();
`;

const ACCESS = `
  GRANT SELECT ON cairn.member_act TO cairn_api, cairn_worker;
  GRANT INSERT (member_id, act, channel_id, submit, receive, basis, report_digest, waiver_id, waiver_scope, waived_by, waived_until,
    accredited, control_group, from_index, reason) ON cairn.member_act TO cairn_api;
  ALTER TABLE cairn.member_act ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY member_act_person ON cairn.member_act TO cairn_api USING ((SELECT cairn.actor_kind()) = 'person');
  CREATE POLICY member_act_worker ON cairn.member_act TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY member_act_owner ON cairn.member_act TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
`;
