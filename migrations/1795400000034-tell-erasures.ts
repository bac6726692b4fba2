import type { MigrationInterface, QueryRunner } from 'typeorm';
import { HISTORY } from './1795400000021-create-provenance.js';

/** The history of a signal tells of its erased lines, while somebody still names it. */
export class TellErasures1795400000034 implements MigrationInterface {
  name = 'TellErasures1795400000034';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(DROP);
    await runner.query(HISTORY_WITH_ERASED);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DROP);
    await runner.query(HISTORY);
  }
}

const DROP = 'DROP FUNCTION cairn.signal_history(text, smallint, bytea, text, bigint, integer, integer)';

/**
 * As before, and besides: of a line that was erased its place and its decision, which stay in the log, and not its author, nor what it said; and
 * the statement. The chain of decisions leads through the lines that were not erased yet when the decision after them was logged.
 */
const HISTORY_WITH_ERASED = `
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
    ), gone AS MATERIALIZED (
      SELECT g.* FROM asked a JOIN cairn.erased_line g ON g.signal_id = a.signal_id AND g.channel_id = a.channel_id AND g.erased_index < a.size
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
      UNION ALL
      SELECT 'erased', g.log_index, g.line, g.verdict, g.code, NULL, g.prev, g.named, NULL, NULL, NULL, NULL, NULL, NULL, g.erased_index, NULL
        FROM gone g
      UNION ALL
      SELECT 'erasure', g.erased_index, -1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
             json_agg(json_build_object('index', g.log_index, 'line', g.line) ORDER BY g.log_index, g.line)
        FROM gone g GROUP BY g.erased_index
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
