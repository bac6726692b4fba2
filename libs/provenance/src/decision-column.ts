/**
 * SQL for the decisions about a submission as one value: `encodeDecisionColumn` of the protocol, without a row for each entry. The first byte is
 * verdict and code, the others are `prev` + 1. Of an erased line the decision stays.
 *
 * @param submission name under which the query knows it
 */
export function decisionColumn(submission: string): string {
  return `(SELECT string_agg(int8send(((d.verdict::bigint * 16 + d.code) << 56) | coalesce(d.prev + 1, 0)), ''::bytea ORDER BY d.line)
             FROM (SELECT e.line, e.verdict, e.code, e.prev FROM cairn.entry e WHERE e.log_index = ${submission}.log_index
                   UNION ALL
                   SELECT g.line, g.verdict, g.code, g.prev FROM cairn.erased_line g
                    WHERE g.log_index = ${submission}.log_index AND g.erased_index IS NOT NULL) d)`;
}
