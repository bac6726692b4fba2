import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The history of a signal, for those who may have it, and who was shown the author of an anonymous entry. */
export class CreateProvenance1795400000021 implements MigrationInterface {
  name = 'CreateProvenance1795400000021';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CLAIM_ENDS);
    await runner.query(AUTHORSHIP_READS);
    await runner.query(HISTORY);
    await runner.query(RECORD_READ);
    await runner.query(OWNER_READS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP POLICY signal_triggers ON cairn.signal;
      DROP POLICY entry_triggers ON cairn.entry;
      DROP POLICY submission_triggers ON cairn.submission;
      DROP POLICY role_change_triggers ON cairn.role_change;
      DROP FUNCTION cairn.signal_history(text, smallint, bytea, text, bigint, integer, integer);
      DROP FUNCTION cairn.record_authorship_read(bigint, integer, text, text);
      DROP TABLE cairn.authorship_read, cairn.claim_end;
    `);
  }
}

const CLAIM_ENDS = `
  CREATE TABLE cairn.claim_end (
    log_index bigint CONSTRAINT claim_end_pk PRIMARY KEY,
    kind text NOT NULL CONSTRAINT claim_end_kind_ck CHECK (kind IN ('key_revoked', 'recall', 'tick')),
    time bigint NOT NULL,
    member_id integer CONSTRAINT claim_end_member_fk REFERENCES cairn.member,
    key_id integer CONSTRAINT claim_end_key_fk REFERENCES cairn.member_key,
    from_index bigint,
    CONSTRAINT claim_end_voids_ck CHECK ((kind = 'tick') = (num_nonnulls(member_id, from_index) = 0)
      AND num_nonnulls(member_id, from_index) <> 1),
    CONSTRAINT claim_end_of_key_ck CHECK ((kind = 'key_revoked') = (key_id IS NOT NULL))
  );
  COMMENT ON TABLE cairn.claim_end IS
    'statements that can end claims: of these tables they say when, and since when whose operations are void; all of it is public in the log';
  COMMENT ON COLUMN cairn.claim_end.time IS 'of the leaf, Unix milliseconds';
  CREATE INDEX claim_end_tick_ix ON cairn.claim_end (time, log_index) WHERE kind = 'tick';
  CREATE INDEX claim_end_member_ix ON cairn.claim_end (member_id, log_index) WHERE member_id IS NOT NULL;
  GRANT SELECT ON cairn.claim_end TO cairn_api;
  GRANT SELECT, INSERT ON cairn.claim_end TO cairn_worker;`;

const AUTHORSHIP_READS = `
  CREATE TABLE cairn.authorship_read (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT authorship_read_pk PRIMARY KEY,
    person_id integer NOT NULL DEFAULT cairn.actor_person() CONSTRAINT authorship_read_person_fk REFERENCES cairn.person,
    log_index bigint NOT NULL,
    line smallint NOT NULL,
    channel_id smallint NOT NULL CONSTRAINT authorship_read_channel_fk REFERENCES cairn.channel,
    purpose text NOT NULL CONSTRAINT authorship_read_purpose_ck CHECK (length(purpose) BETWEEN 1 AND 200),
    at timestamptz NOT NULL DEFAULT now()
  );
  COMMENT ON TABLE cairn.authorship_read IS 'who was shown the author of which anonymous entry, and to what end; written by what shows it, and never changed';
  CREATE TRIGGER authorship_read_append_only BEFORE UPDATE OR DELETE ON cairn.authorship_read
    FOR EACH ROW EXECUTE FUNCTION cairn.refuse_rewriting();
  CREATE TRIGGER authorship_read_not_emptied BEFORE TRUNCATE ON cairn.authorship_read
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();
  GRANT SELECT ON cairn.authorship_read TO cairn_api, cairn_worker;
  ALTER TABLE cairn.authorship_read ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY authorship_read_auditor ON cairn.authorship_read FOR SELECT TO cairn_api
    USING ((SELECT cairn.actor_holds('auditor')));
  CREATE POLICY authorship_read_worker ON cairn.authorship_read TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY authorship_read_owner ON cairn.authorship_read TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
  CREATE POLICY authorship_read_triggers ON cairn.authorship_read FOR INSERT TO cairn_owner
    WITH CHECK ((SELECT cairn.actor_kind()) IS NOT NULL);`;

/**
 * One of the few functions with the owner's rights that the API may call (see `CALLABLE_WITH_OWNER_RIGHTS`): no row policy can show a member that
 * there is an anonymous entry without showing whose it is. It asks itself who acts, leaves out what that one may not know, and what it shows
 * of anonymous authors it writes down in the same statement.
 *
 * Whoever may not know an author is told nothing that follows from one: no effect (the gates it comes from are public statements about
 * members), and of its end no more than the feed says, which is that the record is gone.
 */
export const HISTORY = `
  CREATE FUNCTION cairn.signal_history(of_channel text, of_type smallint, of_key bytea, why text, after_index bigint, after_line integer, most integer)
  RETURNS TABLE (kind text, log_index bigint, line integer, verdict smallint, code smallint, effect smallint, prev bigint, named boolean,
    own boolean, reason smallint, expires integer, member text, control_group text, thumbprint text, added_index bigint,
    revoked_index bigint, void_from bigint, ended_as text, ended_by bigint, ended json, latest bigint, size bigint, remaining bigint)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH asked AS MATERIALIZED (
      SELECT c.id AS channel_id, s.id AS signal_id, p.size, cairn.actor_holds('vetter', 'approver', 'auditor') AS staff,
             EXISTS (SELECT FROM cairn.record r WHERE r.signal_id = s.id AND r.channel_id = c.id AND r.metadata IS NOT NULL) AS held
        FROM cairn.channel c, cairn.signal s, cairn.projection p
       WHERE c.name = of_channel AND c.since_index IS NOT NULL AND s.type_code = of_type AND s.key = of_key
         AND (c.id = ANY (cairn.actor_channels()) OR cairn.actor_holds('vetter', 'approver', 'auditor'))
    ), said AS MATERIALIZED (
      SELECT e.*, a.held, e.member_id IS NOT DISTINCT FROM cairn.actor_member() AS own,
             e.named OR e.member_id IS NOT DISTINCT FROM cairn.actor_member() OR (a.staff AND why IS NOT NULL) AS shown
        FROM asked a JOIN cairn.entry e ON e.signal_id = a.signal_id AND e.channel_id = a.channel_id AND e.log_index < a.size
    ), ending AS MATERIALIZED (
      SELECT s.log_index, s.line, s.named, c.log_index AS by_index, c.kind
        FROM said s JOIN cairn.claim_end c ON c.member_id = s.member_id AND (c.key_id IS NULL OR c.key_id = s.key_id)
             AND c.from_index <= s.log_index AND c.log_index > s.log_index
       WHERE s.shown AND s.effect = 0
      UNION ALL
      SELECT s.log_index, s.line, true, t.log_index, 'expiry'
        FROM said s CROSS JOIN LATERAL (
          SELECT c.log_index FROM cairn.claim_end c
           WHERE c.kind = 'tick' AND c.time >= s.expires * 86400000::bigint ORDER BY c.time, c.log_index LIMIT 1) t
       WHERE s.operation = 1 AND s.verdict = 0 AND (s.effect = 0 OR NOT s.shown) AND t.log_index > s.log_index
    ), event AS (
      SELECT CASE s.operation WHEN 1 THEN 'assertion' ELSE 'retraction' END AS kind, s.log_index, s.line::integer AS line, s.verdict, s.code,
             CASE WHEN s.shown THEN s.effect END AS effect, s.prev, s.named, s.own, s.reason, s.expires,
             CASE WHEN s.shown THEN s.member_id END AS member_id, CASE WHEN s.shown THEN s.key_id END AS key_id,
             CASE WHEN s.shown THEN v.kind WHEN s.operation = 1 AND s.verdict = 0 AND NOT s.held THEN 'withdrawn' END AS ended_as,
             v.by_index AS ended_by, NULL::json AS ended
        FROM said s LEFT JOIN LATERAL (
          SELECT x.kind, x.by_index FROM ending x
           WHERE x.log_index = s.log_index AND x.line = s.line AND x.kind <> 'expiry' ORDER BY x.by_index LIMIT 1) v ON true
      UNION ALL
      SELECT x.kind, x.by_index, -1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, c.member_id, c.key_id, NULL, NULL,
             json_agg(json_build_object('index', x.log_index, 'line', x.line) ORDER BY x.log_index, x.line)
        FROM ending x JOIN cairn.claim_end c ON c.log_index = x.by_index GROUP BY x.kind, x.by_index, c.member_id, c.key_id
    ), page AS MATERIALIZED (
      SELECT e.*, count(*) OVER () AS remaining FROM event e
       WHERE (e.log_index, e.line) > (after_index, after_line) ORDER BY e.log_index, e.line LIMIT most
    ), recorded AS (
      INSERT INTO cairn.authorship_read (log_index, line, channel_id, purpose)
        SELECT r.log_index, r.line, a.channel_id, why FROM asked a, (
          SELECT p.log_index, p.line FROM page p WHERE NOT p.named AND p.member_id IS NOT NULL
          UNION
          SELECT x.log_index, x.line FROM page p JOIN ending x ON x.by_index = p.log_index AND NOT x.named WHERE p.line = -1) r
         WHERE a.staff AND cairn.actor_person() IS NOT NULL)
    SELECT p.kind, p.log_index, p.line, p.verdict, p.code, p.effect, p.prev, p.named, p.own, p.reason, p.expires, m.handle,
           (SELECT convert_from(b.author_body, 'UTF8')::json ->> 'group' FROM cairn.submission b
             WHERE b.log_index = p.log_index AND p.line >= 0 AND p.member_id IS NOT NULL),
           k.thumbprint, k.added_index, k.revoked_index, k.void_from, p.ended_as, p.ended_by, p.ended, l.latest, a.size, p.remaining
      FROM asked a
     CROSS JOIN (SELECT max(said.log_index) AS latest FROM said) l
      LEFT JOIN page p ON true
      LEFT JOIN cairn.member m ON m.id = p.member_id
      LEFT JOIN cairn.member_key k ON k.id = p.key_id
     WHERE l.latest IS NOT NULL
     ORDER BY p.log_index, p.line
  $$;
  COMMENT ON FUNCTION cairn.signal_history(text, smallint, bytea, text, bigint, integer, integer) IS
    'what concerns a signal of a channel, in log order, as the one who acts may know it; nothing without the right to the channel';
  REVOKE EXECUTE ON FUNCTION cairn.signal_history(text, smallint, bytea, text, bigint, integer, integer) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION cairn.signal_history(text, smallint, bytea, text, bigint, integer, integer) TO cairn_api;`;

/** Only staff are shown authors, so nobody else has anything to record; the person is who acts. */
const RECORD_READ = `
  CREATE FUNCTION cairn.record_authorship_read(of_index bigint, of_line integer, of_channel text, why text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    INSERT INTO cairn.authorship_read (log_index, line, channel_id, purpose)
      SELECT of_index, of_line, c.id, why FROM cairn.channel c
       WHERE c.name = of_channel AND cairn.actor_person() IS NOT NULL AND cairn.actor_holds('vetter', 'approver', 'auditor');
    RETURN FOUND;
  END $$;
  COMMENT ON FUNCTION cairn.record_authorship_read(bigint, integer, text, text) IS
    'writes down that the person who acts is about to be shown the author of an anonymous entry; nothing for anybody else';
  REVOKE EXECUTE ON FUNCTION cairn.record_authorship_read(bigint, integer, text, text) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION cairn.record_authorship_read(bigint, integer, text, text) TO cairn_api;`;

const OWNER_READS = `
  CREATE POLICY signal_triggers ON cairn.signal FOR SELECT TO cairn_owner USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY entry_triggers ON cairn.entry FOR SELECT TO cairn_owner USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY submission_triggers ON cairn.submission FOR SELECT TO cairn_owner USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY role_change_triggers ON cairn.role_change FOR SELECT TO cairn_owner USING ((SELECT cairn.actor_kind()) IS NOT NULL);`;
