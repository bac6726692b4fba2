/** An erasure, and an erased line of each member that said something, for the isolation tests; no rule is asked whether it could have come to this. */
export const ERASURE_ROWS = `
  SET session_replication_role = replica;
  INSERT INTO erasure (reason, justification, requested_by, requested_at) VALUES ('legal', 'x', 1, now());
  INSERT INTO erasure_line (erasure_id, log_index, line) SELECT id, 1, 0 FROM erasure;
  INSERT INTO erased_line (log_index, line, erasure_id, member_id, channel_id, type_code, verdict, code, named)
    SELECT 1000 + min(e.log_index), 0, a.id, e.member_id, 1, 1, 0, 0, true FROM entry e, erasure a GROUP BY a.id, e.member_id;
  SET session_replication_role = origin;`;
