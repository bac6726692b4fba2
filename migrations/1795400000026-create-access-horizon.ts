import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far the access history has been forgotten: that a row is not there says nothing about earlier times. */
export class CreateAccessHorizon1795400000026 implements MigrationInterface {
  name = 'CreateAccessHorizon1795400000026';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLE);
    await runner.query(MOVES);
    await runner.query(ACCESS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER feed_access_forgotten ON cairn.feed_access;
      DROP TABLE cairn.feed_access_horizon;
      DROP FUNCTION cairn.move_access_horizon(), cairn.guard_access_horizon();
    `);
  }
}

/** It begins with the migration: what a hub forgot before that, nobody wrote down. */
const TABLE = `
  CREATE TABLE cairn.feed_access_horizon (
    id smallint CONSTRAINT feed_access_horizon_pk PRIMARY KEY CONSTRAINT feed_access_horizon_one_ck CHECK (id = 1),
    whole_after timestamptz NOT NULL
  );
  COMMENT ON COLUMN cairn.feed_access_horizon.whole_after IS
    'end of the latest access whose row was deleted: what was served later is in the history, of earlier times some may be missing';
  INSERT INTO cairn.feed_access_horizon VALUES (1, now());`;

/** It follows from the rows that go, whoever deletes them and whatever the policy was then. */
const MOVES = `
  CREATE FUNCTION cairn.guard_access_horizon() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.whole_after >= OLD.whole_after THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what is forgotten stays so' USING ERRCODE = 'integrity_constraint_violation';
  END $$;
  CREATE TRIGGER feed_access_horizon_moves_on BEFORE UPDATE OR DELETE ON cairn.feed_access_horizon
    FOR EACH ROW EXECUTE FUNCTION cairn.guard_access_horizon();
  CREATE TRIGGER feed_access_horizon_not_emptied BEFORE TRUNCATE ON cairn.feed_access_horizon
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.refuse_rewriting();

  CREATE FUNCTION cairn.move_access_horizon() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    UPDATE cairn.feed_access_horizon h SET whole_after = g.latest
      FROM (SELECT max(greatest(last_at, until)) AS latest FROM gone) g WHERE g.latest > h.whole_after;
    RETURN NULL;
  END $$;
  CREATE TRIGGER feed_access_forgotten AFTER DELETE ON cairn.feed_access REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION cairn.move_access_horizon();`;

const ACCESS = `
  GRANT SELECT ON cairn.feed_access_horizon TO cairn_api, cairn_worker;
  ALTER TABLE cairn.feed_access_horizon ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY feed_access_horizon_auditor ON cairn.feed_access_horizon FOR SELECT TO cairn_api
    USING ((SELECT cairn.actor_holds('auditor')));
  CREATE POLICY feed_access_horizon_worker ON cairn.feed_access_horizon TO cairn_worker
    USING ((SELECT cairn.actor_kind()) IS NOT NULL);
  CREATE POLICY feed_access_horizon_owner ON cairn.feed_access_horizon TO cairn_owner
    USING ((SELECT cairn.actor_kind()) = 'system');`;
