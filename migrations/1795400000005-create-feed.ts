import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Feeds: the set tree and the packs of each channel. Their logs are rows of cairn.log. */
export class CreateFeed1795400000005 implements MigrationInterface {
  name = 'CreateFeed1795400000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cairn.feed (
        channel_id smallint CONSTRAINT feed_pk PRIMARY KEY CONSTRAINT feed_channel_fk REFERENCES cairn.channel,
        log_id smallint NOT NULL CONSTRAINT feed_log_uq UNIQUE CONSTRAINT feed_log_fk REFERENCES cairn.log,
        announced_size bigint NOT NULL DEFAULT 0
      );
      COMMENT ON COLUMN cairn.feed.announced_size IS 'size of the feed in the latest published statement asked for';
      CREATE TABLE cairn.feed_type (
        channel_id smallint NOT NULL CONSTRAINT feed_type_feed_fk REFERENCES cairn.feed,
        type_code smallint NOT NULL,
        records bigint NOT NULL,
        root bytea NOT NULL CONSTRAINT feed_type_root_ck CHECK (length(root) = 32),
        CONSTRAINT feed_type_pk PRIMARY KEY (channel_id, type_code)
      );
      CREATE TABLE cairn.set_tile (
        channel_id smallint NOT NULL,
        type_code smallint NOT NULL,
        level smallint NOT NULL CONSTRAINT set_tile_level_ck CHECK (level IN (0, 1)),
        n smallint NOT NULL CONSTRAINT set_tile_n_ck CHECK (n BETWEEN 0 AND 255),
        hashes bytea NOT NULL CONSTRAINT set_tile_hashes_ck CHECK (length(hashes) = 8192),
        CONSTRAINT set_tile_pk PRIMARY KEY (channel_id, type_code, level, n),
        CONSTRAINT set_tile_type_fk FOREIGN KEY (channel_id, type_code) REFERENCES cairn.feed_type
      );
      ALTER TABLE cairn.set_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
      CREATE TABLE cairn.set_change (
        channel_id smallint NOT NULL,
        type_code smallint NOT NULL,
        n bigint GENERATED ALWAYS AS IDENTITY,
        leaves bytea NOT NULL CONSTRAINT set_change_leaves_ck CHECK (length(leaves) > 0 AND length(leaves) % 34 = 0),
        CONSTRAINT set_change_pk PRIMARY KEY (channel_id, type_code, n),
        CONSTRAINT set_change_type_fk FOREIGN KEY (channel_id, type_code) REFERENCES cairn.feed_type
      );
      COMMENT ON TABLE cairn.set_change IS
        'leaves that rounds changed since the tiles were written: bucket (two bytes) and leaf hash of each, later rows win';
      ALTER TABLE cairn.set_change ALTER COLUMN leaves SET STORAGE EXTERNAL;
      CREATE TABLE cairn.pack (
        channel_id smallint NOT NULL CONSTRAINT pack_feed_fk REFERENCES cairn.feed,
        digest bytea NOT NULL CONSTRAINT pack_digest_ck CHECK (length(digest) = 32),
        type_code smallint NOT NULL,
        first_round bigint NOT NULL CONSTRAINT pack_first_round_ck CHECK (first_round >= 0),
        data bytea NOT NULL,
        CONSTRAINT pack_pk PRIMARY KEY (channel_id, digest)
      );
      COMMENT ON COLUMN cairn.pack.first_round IS
        'leaf index of the first round of the feed that announces it: it is served once a checkpoint covers that';
      ALTER TABLE cairn.pack ALTER COLUMN data SET STORAGE EXTERNAL;

      GRANT SELECT ON cairn.feed, cairn.feed_type, cairn.pack TO cairn_api;
      GRANT SELECT, INSERT, UPDATE ON cairn.feed, cairn.feed_type, cairn.set_tile TO cairn_worker;
      GRANT DELETE ON cairn.set_tile TO cairn_worker;
      GRANT SELECT, INSERT, DELETE ON cairn.set_change TO cairn_worker;
      GRANT SELECT, INSERT ON cairn.pack TO cairn_worker;

      ALTER TABLE cairn.pack ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY pack_receiver ON cairn.pack FOR SELECT TO cairn_api
        USING (channel_id = ANY ((SELECT cairn.actor_channels())::smallint[]));
      CREATE POLICY pack_api ON cairn.pack FOR SELECT TO cairn_api USING ((SELECT cairn.actor_kind()) = 'system');
      CREATE POLICY pack_worker ON cairn.pack TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY pack_owner ON cairn.pack TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE cairn.pack, cairn.set_change, cairn.set_tile, cairn.feed_type, cairn.feed`,
    );
  }
}
