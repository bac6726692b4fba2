import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tells of how many lines of a purged erasure the value is still there, and keeps values out of what staff write. */
export class TellWhatErasuresLeft1795400000035 implements MigrationInterface {
  name = 'TellWhatErasuresLeft1795400000035';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(VALUES_LEFT);
    // What was written before stays: these tables are never changed.
    for (const table of TABLES)
      await runner.query(
        `ALTER TABLE cairn.${table} ADD CONSTRAINT ${table}_no_value_ck
          CHECK (regexp_replace(purpose, '[[:space:]:-]', '', 'g') !~* '[0-9a-f]{32}') NOT VALID`,
      );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await runner.query(`ALTER TABLE cairn.${table} DROP CONSTRAINT ${table}_no_value_ck`);
    await runner.query('DROP FUNCTION cairn.erasure_values_left(bigint)');
  }
}

/** With a free text that says why staff read what others may not. */
const TABLES = ['authorship_read', 'replay_grant'] as const;

const VALUES_LEFT = `
  CREATE FUNCTION cairn.erasure_values_left(of_erasure bigint) RETURNS integer
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT count(g.signal_id)::integer FROM cairn.erasure a LEFT JOIN cairn.erased_line g ON g.erasure_id = a.id
     WHERE a.id = of_erasure AND a.purged_at IS NOT NULL AND cairn.actor_holds('vetter', 'approver', 'auditor')
     GROUP BY a.id
  $$;
  COMMENT ON FUNCTION cairn.erasure_values_left(bigint) IS
    'of how many lines of a purged erasure the value is still there, since somebody else names it; for staff, who must not see whose lines they were';
  REVOKE EXECUTE ON FUNCTION cairn.erasure_values_left(bigint) FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION cairn.erasure_values_left(bigint) TO cairn_api;`;
