import type { Tx } from '#libs/platform';

/**
 * Records that a member passed a conformance run some days ago, for tests of what comes after; to be called under the owner's login.
 *
 * @returns digest of the report of its last step, hex
 */
export async function recordConformancePass(tx: Tx, memberId: number, daysAgo = 0): Promise<string> {
  const [run] = await tx.query<{ id: number }>(
    `INSERT INTO cairn.conformance_run (run, member_id, challenge, started_at, expires_at)
      SELECT gen_random_uuid(), $1, sha256('challenge'), t, t + interval '1 hour' FROM (SELECT now() - make_interval(days => $2)) AS ago (t)
      RETURNING id`,
    [memberId, daysAgo],
  );
  const steps = await tx.query<{ digest: string }>(
    `INSERT INTO cairn.conformance_step (run_id, member_id, expires_at, ordinal, passed, report_digest, at)
      SELECT id, member_id, expires_at, n, true, sha256(convert_to(run || '/' || n, 'UTF8')), started_at
        FROM cairn.conformance_run, generate_series(1, 4) AS n WHERE id = $1 ORDER BY n
      RETURNING encode(report_digest, 'hex') AS digest`,
    [run!.id],
  );
  return steps[3]!.digest;
}
