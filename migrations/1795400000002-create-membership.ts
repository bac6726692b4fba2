import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Members, keys, channels and rights. A row is written when the change is asked for (so that names and keys are unique at once) and
 * takes effect with the log index of its statement: until then its index columns are null.
 */
export class CreateMembership1795400000002 implements MigrationInterface {
  name = 'CreateMembership1795400000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cairn.member (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT member_pk PRIMARY KEY,
        handle text NOT NULL CONSTRAINT member_handle_uq UNIQUE,
        name text NOT NULL,
        kind text NOT NULL CONSTRAINT member_kind_ck
          CHECK (kind IN ('platform', 'hotline', 'ngo', 'academic', 'government')),
        control_group text NOT NULL,
        accredited boolean NOT NULL DEFAULT false,
        requested_group text NOT NULL,
        requested_accredited boolean NOT NULL,
        status text NOT NULL DEFAULT 'active' CONSTRAINT member_status_ck
          CHECK (status IN ('active', 'probation', 'suspended', 'expelled')),
        requested_status text CONSTRAINT member_requested_status_ck
          CHECK (requested_status IN ('active', 'probation', 'suspended', 'expelled')),
        standing text NOT NULL GENERATED ALWAYS AS
          (CASE WHEN requested_status IN ('suspended', 'expelled') THEN requested_status ELSE status END) STORED,
        admitted_index bigint,
        admitted_time bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT member_id_kind_uq UNIQUE (id, kind),
        CONSTRAINT member_accredited_ck CHECK (NOT (accredited OR requested_accredited) OR kind = 'hotline')
      );
      COMMENT ON COLUMN cairn.member.admitted_time IS 'time of the statement at admitted_index, Unix milliseconds';
      COMMENT ON COLUMN cairn.member.requested_group IS
        'of the latest member statement asked for, perhaps not yet logged, as is requested_accredited: the next one builds on them';
      COMMENT ON COLUMN cairn.member.status IS 'as of the latest statement applied: what submissions in the log are judged by';
      COMMENT ON COLUMN cairn.member.requested_status IS 'of the latest statement asked for, perhaps not yet logged';
      COMMENT ON COLUMN cairn.member.standing IS
        'what callers are judged by: a suspension acts when it is asked for, its end when that is logged';
      COMMENT ON COLUMN cairn.member.id IS 'also the number that stands for the member in feeds; never reused';

      CREATE TABLE cairn.member_key (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT member_key_pk PRIMARY KEY,
        member_id integer NOT NULL CONSTRAINT member_key_member_fk REFERENCES cairn.member,
        purpose text NOT NULL CONSTRAINT member_key_purpose_ck CHECK (purpose IN ('auth', 'signing')),
        thumbprint text NOT NULL CONSTRAINT member_key_thumbprint_uq UNIQUE,
        jwk text NOT NULL,
        added_index bigint,
        added_time bigint,
        revoked_index bigint,
        void_from bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT member_key_revoked_ck CHECK ((revoked_index IS NULL) = (void_from IS NULL))
      );
      CREATE INDEX member_key_member_ix ON cairn.member_key (member_id);

      CREATE TABLE cairn.channel (
        id smallint GENERATED ALWAYS AS IDENTITY CONSTRAINT channel_pk PRIMARY KEY,
        name text NOT NULL CONSTRAINT channel_name_uq UNIQUE,
        requested_policy json NOT NULL,
        policy json,
        narrowed boolean NOT NULL DEFAULT false,
        since_index bigint,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON COLUMN cairn.channel.policy IS 'as of the latest channel statement applied; null before the first';
      COMMENT ON COLUMN cairn.channel.requested_policy IS 'of the latest channel statement asked for, perhaps not yet logged';
      COMMENT ON COLUMN cairn.channel.narrowed IS 'whether a policy ever took a signal type away';

      CREATE TABLE cairn.channel_right (
        channel_id smallint NOT NULL CONSTRAINT channel_right_channel_fk REFERENCES cairn.channel,
        member_id integer NOT NULL,
        member_kind text NOT NULL CONSTRAINT channel_right_observer_ck CHECK (member_kind <> 'government'),
        submit boolean NOT NULL DEFAULT false,
        receive boolean NOT NULL DEFAULT false,
        requested_submit boolean NOT NULL DEFAULT false,
        requested_receive boolean NOT NULL DEFAULT false,
        since_index bigint,
        CONSTRAINT channel_right_pk PRIMARY KEY (channel_id, member_id),
        CONSTRAINT channel_right_member_fk FOREIGN KEY (member_id, member_kind) REFERENCES cairn.member (id, kind)
      );
      COMMENT ON CONSTRAINT channel_right_observer_ck ON cairn.channel_right IS 'a government body is never given a right';

      COMMENT ON COLUMN cairn.channel_right.requested_submit IS
        'of the latest right statement asked for, perhaps not yet logged, as is requested_receive: more than these is more than the member has';
      COMMENT ON COLUMN cairn.channel_right.since_index IS 'of the latest right statement applied; null before the first';

      GRANT SELECT ON cairn.member, cairn.member_key, cairn.channel, cairn.channel_right TO cairn_api, cairn_worker;
      GRANT INSERT, UPDATE ON cairn.member, cairn.member_key, cairn.channel, cairn.channel_right TO cairn_worker;

      ALTER TABLE cairn.member_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY member_key_member ON cairn.member_key FOR SELECT TO cairn_api USING (member_id = (SELECT cairn.actor_member()));
      CREATE POLICY member_key_api ON cairn.member_key FOR SELECT TO cairn_api USING ((SELECT cairn.actor_kind()) = 'system');
      CREATE POLICY member_key_person ON cairn.member_key FOR SELECT TO cairn_api USING ((SELECT cairn.actor_kind()) = 'person');
      CREATE POLICY member_key_worker ON cairn.member_key TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY member_key_owner ON cairn.member_key TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
      CREATE POLICY member_key_triggers ON cairn.member_key FOR SELECT TO cairn_owner USING ((SELECT cairn.actor_kind()) IS NOT NULL);

      ALTER TABLE cairn.channel_right ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY channel_right_member ON cairn.channel_right FOR SELECT TO cairn_api USING (member_id = (SELECT cairn.actor_member()));
      CREATE POLICY channel_right_person ON cairn.channel_right FOR SELECT TO cairn_api USING ((SELECT cairn.actor_kind()) = 'person');
      CREATE POLICY channel_right_worker ON cairn.channel_right TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY channel_right_owner ON cairn.channel_right TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');

      CREATE POLICY channel_right_triggers_select ON cairn.channel_right FOR SELECT TO cairn_owner
        USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY channel_right_triggers_insert ON cairn.channel_right FOR INSERT TO cairn_owner
        WITH CHECK ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY channel_right_triggers_update ON cairn.channel_right FOR UPDATE TO cairn_owner
        USING ((SELECT cairn.actor_kind()) IS NOT NULL);

      CREATE FUNCTION cairn.follow_requested_right() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        INSERT INTO cairn.channel_right (channel_id, member_id, member_kind, requested_submit, requested_receive)
          SELECT c.id, m.id, m.kind, (NEW.body ->> 'submit')::boolean, (NEW.body ->> 'receive')::boolean
            FROM cairn.channel c, cairn.member m WHERE c.name = NEW.body ->> 'channel' AND m.handle = NEW.body ->> 'member'
          ON CONFLICT (channel_id, member_id) DO UPDATE
            SET requested_submit = excluded.requested_submit, requested_receive = excluded.requested_receive;
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION cairn.follow_requested_right() IS 'a right for an observer is refused when it is asked for, whoever asks';
      CREATE TRIGGER pending_statement_right AFTER INSERT ON cairn.pending_statement
        FOR EACH ROW WHEN (NEW.body ->> 'kind' = 'right') EXECUTE FUNCTION cairn.follow_requested_right();

      CREATE FUNCTION cairn.follow_requested_member() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        UPDATE cairn.member SET requested_group = NEW.body ->> 'group', requested_accredited = (NEW.body ->> 'accredited')::boolean
         WHERE handle = NEW.body ->> 'member';
        RETURN NULL;
      END $$;
      CREATE TRIGGER pending_statement_member AFTER INSERT ON cairn.pending_statement
        FOR EACH ROW WHEN (NEW.body ->> 'kind' = 'member') EXECUTE FUNCTION cairn.follow_requested_member();

      CREATE FUNCTION cairn.follow_requested_status() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        UPDATE cairn.member SET requested_status = NEW.body ->> 'status' WHERE handle = NEW.body ->> 'member';
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION cairn.follow_requested_status() IS
        'whoever may ask for a status need not be able to write members, and no way of asking passes this by';
      CREATE TRIGGER pending_statement_status AFTER INSERT ON cairn.pending_statement
        FOR EACH ROW WHEN (NEW.body ->> 'kind' = 'member_status') EXECUTE FUNCTION cairn.follow_requested_status();

      CREATE FUNCTION cairn.actor_channels() RETURNS smallint[] LANGUAGE sql STABLE PARALLEL SAFE
        RETURN ARRAY(SELECT channel_id FROM cairn.channel_right WHERE member_id = cairn.actor_member() AND receive);
      COMMENT ON FUNCTION cairn.actor_channels() IS 'channels that the member who acts may receive';
      GRANT EXECUTE ON FUNCTION cairn.actor_channels() TO cairn_api;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION cairn.actor_channels();
      DROP FUNCTION cairn.follow_requested_status(), cairn.follow_requested_right(), cairn.follow_requested_member() CASCADE;
      DROP TABLE cairn.channel_right, cairn.channel, cairn.member_key, cairn.member;
    `);
  }
}
