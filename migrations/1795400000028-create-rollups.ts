import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rollups of feeds: how many steps each feed has, and which packs stand for several rounds. */
export class CreateRollups1795400000028 implements MigrationInterface {
  name = 'CreateRollups1795400000028';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cairn.feed_steps (
        channel_id smallint CONSTRAINT feed_steps_pk PRIMARY KEY CONSTRAINT feed_steps_feed_fk REFERENCES cairn.feed,
        steps bigint NOT NULL CONSTRAINT feed_steps_ck CHECK (steps > 0),
        starts bigint[] NOT NULL CONSTRAINT feed_steps_starts_ck CHECK (cardinality(starts) = 3)
      );
      COMMENT ON TABLE cairn.feed_steps IS 'leaves of kind round or idle of each feed: rollups follow from their number alone';
      COMMENT ON COLUMN cairn.feed_steps.starts IS 'leaf index of the first step of the latest 16, 256 and 4,096';
      GRANT SELECT, INSERT, UPDATE ON cairn.feed_steps TO cairn_worker;

      ALTER TABLE cairn.pack ADD COLUMN fold_from bigint, ADD COLUMN fold_to bigint,
        ADD CONSTRAINT pack_fold_ck
          CHECK ((fold_from IS NULL) = (fold_to IS NULL) AND fold_from >= 0 AND fold_from < fold_to AND fold_to <= first_round);
      COMMENT ON COLUMN cairn.pack.fold_from IS
        'of a pack that a rollup was the first to announce: the leaves from fold_from to fold_to (not included) that it folds; null of other packs';
    `);
    // Feeds that there are have no leaf of another kind yet.
    await runner.query(`
      INSERT INTO cairn.feed_steps (channel_id, steps, starts)
        SELECT f.channel_id, l.size, ARRAY[(l.size - 1) / 16 * 16, (l.size - 1) / 256 * 256, (l.size - 1) / 4096 * 4096]
          FROM cairn.feed f JOIN cairn.log l ON l.id = f.log_id WHERE l.size > 0`);
  }

  /** Refuses when feeds have what cannot be rebuilt afterwards. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$ BEGIN
        IF EXISTS (SELECT 1 FROM cairn.feed f JOIN cairn.log l ON l.id = f.log_id LEFT JOIN cairn.feed_steps s USING (channel_id)
                    WHERE l.size <> coalesce(s.steps, 0)) THEN
          RAISE EXCEPTION 'feeds have leaves that are no steps (rollups, snapshots, horizons): without their numbers of steps nothing could be published any more';
        END IF;
      END $$;
      ALTER TABLE cairn.pack DROP CONSTRAINT pack_fold_ck, DROP COLUMN fold_from, DROP COLUMN fold_to;
      DROP TABLE cairn.feed_steps;
    `);
  }
}
