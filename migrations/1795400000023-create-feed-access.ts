import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who was served which rounds of which feed, and when: for auditors, kept as long as the operator's policy says. */
export class CreateFeedAccess1795400000023 implements MigrationInterface {
  name = 'CreateFeedAccess1795400000023';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
    await runner.query(GUARD);
    await runner.query(RECORD);
    await runner.query(ACCESS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION cairn.record_feed_access(text, text, text, smallint, bigint, bigint, timestamptz);
      DROP TABLE cairn.feed_access;
      DROP FUNCTION cairn.guard_feed_access();
    `);
  }
}

const TABLE = `
  CREATE TABLE cairn.feed_access (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT feed_access_pk PRIMARY KEY,
    member_id integer NOT NULL CONSTRAINT feed_access_member_fk REFERENCES cairn.member,
    channel_id smallint NOT NULL CONSTRAINT feed_access_channel_fk REFERENCES cairn.channel,
    way text NOT NULL CONSTRAINT feed_access_way_ck CHECK (way IN ('ticket', 'rounds', 'packs', 'delta')),
    type_code smallint CONSTRAINT feed_access_type_ck CHECK ((type_code IS NOT NULL) = (way IN ('packs', 'delta'))),
    hour timestamptz NOT NULL,
    span int8range NOT NULL CONSTRAINT feed_access_span_ck CHECK (isempty(span) = (way <> 'delta')),
    rounds int8multirange NOT NULL CONSTRAINT feed_access_rounds_ck CHECK (lower(rounds) >= 0 AND upper(rounds) IS NOT NULL),
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    until timestamptz CONSTRAINT feed_access_until_ck CHECK ((until IS NOT NULL) = (way = 'ticket')),
    count bigint NOT NULL CONSTRAINT feed_access_count_ck CHECK (count >= 1),
    CONSTRAINT feed_access_time_ck CHECK (first_at <= last_at),
    CONSTRAINT feed_access_uq UNIQUE NULLS NOT DISTINCT (channel_id, member_id, hour, way, type_code, span)
  );
  COMMENT ON TABLE cairn.feed_access IS 'what was about to be served to members from feeds, written before it was, an hour of one way in one row';
  COMMENT ON COLUMN cairn.feed_access.rounds IS 'by index from 0: exactly those served; of a ticket, those that were signed when it was issued';
  COMMENT ON COLUMN cairn.feed_access.span IS 'of delta pages, the rounds that were folded into them: a value that came and went between is in none; empty otherwise';
  COMMENT ON COLUMN cairn.feed_access.until IS 'end of the latest ticket: until then all that the feed held could be fetched';
  CREATE INDEX feed_access_last_ix ON cairn.feed_access (last_at);`;

/** Rows only widen. They go when they are old: how old is the operator's policy, but never less than 30 days. */
const GUARD = `
  CREATE FUNCTION cairn.guard_feed_access() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF TG_OP = 'DELETE' THEN
      IF OLD.last_at < now() - interval '30 days' THEN
        RETURN OLD;
      END IF;
    ELSIF (NEW.id, NEW.member_id, NEW.channel_id, NEW.way, NEW.hour, NEW.span, NEW.first_at)
        = (OLD.id, OLD.member_id, OLD.channel_id, OLD.way, OLD.hour, OLD.span, OLD.first_at)
        AND NEW.type_code IS NOT DISTINCT FROM OLD.type_code AND NEW.rounds @> OLD.rounds AND NEW.last_at >= OLD.last_at
        AND coalesce(NEW.until >= OLD.until, true) AND NEW.count = OLD.count + 1 THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'access history only grows' USING ERRCODE = 'integrity_constraint_violation';
  END $$;
  CREATE TRIGGER feed_access_grows BEFORE UPDATE OR DELETE ON cairn.feed_access
    FOR EACH ROW EXECUTE FUNCTION cairn.guard_feed_access();
  CREATE TRIGGER feed_access_not_emptied BEFORE TRUNCATE ON cairn.feed_access
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();`;

/** The time is never the caller's to say. A ticket names its member, so the API records in its own name. */
const RECORD = `
  CREATE FUNCTION cairn.record_feed_access(of_member text, of_channel text, by_way text, of_type smallint, from_round bigint, to_round bigint,
    ticket_until timestamptz) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    at timestamptz := clock_timestamp();
  BEGIN
    IF cairn.actor_kind() IS DISTINCT FROM 'system' THEN
      RAISE EXCEPTION 'only the house records what it serves' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO cairn.feed_access AS f (member_id, channel_id, way, type_code, hour, span, rounds, first_at, last_at, until, count)
      SELECT m.id, c.id, by_way, of_type, date_trunc('hour', at, 'UTC'),
             CASE WHEN by_way = 'delta' THEN int8range(from_round, to_round) ELSE 'empty' END,
             int8multirange(int8range(from_round, to_round)), at, at, ticket_until, 1
        FROM cairn.member m, cairn.channel c WHERE m.handle = of_member AND c.name = of_channel
      ON CONFLICT ON CONSTRAINT feed_access_uq DO UPDATE
        SET rounds = f.rounds + excluded.rounds, last_at = greatest(f.last_at, excluded.last_at),
            until = greatest(f.until, excluded.until), count = f.count + 1;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'access to a feed is recorded for a member and a channel' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END $$;
  COMMENT ON FUNCTION cairn.record_feed_access(text, text, text, smallint, bigint, bigint, timestamptz) IS
    'writes down that a member is about to be served rounds of a feed; for system actors alone';
  REVOKE EXECUTE ON FUNCTION cairn.record_feed_access(text, text, text, smallint, bigint, bigint, timestamptz) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION cairn.record_feed_access(text, text, text, smallint, bigint, bigint, timestamptz) TO cairn_api;`;

const ACCESS = `
  GRANT SELECT ON cairn.feed_access TO cairn_api;
  GRANT SELECT, DELETE ON cairn.feed_access TO cairn_worker;
  ALTER TABLE cairn.feed_access ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY feed_access_auditor ON cairn.feed_access FOR SELECT TO cairn_api USING ((SELECT cairn.actor_holds('auditor')));
  CREATE POLICY feed_access_worker ON cairn.feed_access TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY feed_access_owner ON cairn.feed_access TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');`;
