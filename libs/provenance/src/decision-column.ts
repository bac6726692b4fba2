/**
 * SQL for the decisions about a submission as one value: `encodeDecisionColumn` of the protocol, without a row for each entry. The first byte is
 * verdict and code, the others are `prev` + 1.
 *
 * @param submission name under which the query knows it
 */
export function decisionColumn(submission: string): string {
  return `(SELECT string_agg(int8send(((e.verdict::bigint * 16 + e.code) << 56) | coalesce(e.prev + 1, 0)), ''::bytea ORDER BY e.line)
             FROM cairn.entry e WHERE e.log_index = ${submission}.log_index)`;
}
