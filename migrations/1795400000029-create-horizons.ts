import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Horizons of feeds: from where on packs are served, who asked to move them, and what was deleted below them. */
export class CreateHorizons1795400000029 implements MigrationInterface {
  name = 'CreateHorizons1795400000029';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cairn.feed_horizon (
        channel_id smallint NOT NULL CONSTRAINT feed_horizon_feed_fk REFERENCES cairn.feed,
        type_code smallint NOT NULL,
        size bigint NOT NULL,
        leaf_index bigint NOT NULL,
        deleted_at timestamptz,
        CONSTRAINT feed_horizon_pk PRIMARY KEY (channel_id, type_code, size),
        CONSTRAINT feed_horizon_ck CHECK (size >= 0 AND size < leaf_index)
      );
      COMMENT ON COLUMN cairn.feed_horizon.size IS 'leaf index of the snapshot: packs that only leaves below it announce go';
      COMMENT ON COLUMN cairn.feed_horizon.leaf_index IS 'of the horizon leaf: once a checkpoint covers it, those packs are deleted';
      CREATE INDEX feed_horizon_open_ix ON cairn.feed_horizon (leaf_index) WHERE deleted_at IS NULL;
      CREATE TABLE cairn.horizon_request (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT horizon_request_pk PRIMARY KEY,
        channel_id smallint NOT NULL CONSTRAINT horizon_request_channel_fk REFERENCES cairn.channel,
        type_code smallint NOT NULL,
        after_index bigint NOT NULL CONSTRAINT horizon_request_index_ck CHECK (after_index >= 0),
        due_at timestamptz NOT NULL DEFAULT now(),
        size bigint,
        done_at timestamptz
      );
      COMMENT ON COLUMN cairn.horizon_request.after_index IS
        'log index whose effects must lie before the snapshot';
      COMMENT ON COLUMN cairn.horizon_request.size IS 'of the horizon that answers it; done_at when the packs below are deleted';
      CREATE INDEX horizon_request_open_ix ON cairn.horizon_request (due_at) WHERE done_at IS NULL;
      CREATE TABLE cairn.deleted_pack (
        channel_id smallint NOT NULL CONSTRAINT deleted_pack_feed_fk REFERENCES cairn.feed,
        digest bytea NOT NULL CONSTRAINT deleted_pack_digest_ck CHECK (length(digest) = 32),
        horizon bigint NOT NULL,
        CONSTRAINT deleted_pack_pk PRIMARY KEY (channel_id, digest)
      );
      COMMENT ON TABLE cairn.deleted_pack IS 'packs that were announced and are not served any more';

      GRANT SELECT ON cairn.feed_horizon, cairn.deleted_pack TO cairn_api;
      GRANT SELECT, INSERT, UPDATE ON cairn.feed_horizon, cairn.horizon_request, cairn.deleted_pack TO cairn_worker;
      GRANT UPDATE, DELETE ON cairn.pack TO cairn_worker;
    `);
  }

  /** Refuses when feeds have what cannot be rebuilt afterwards. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$ BEGIN
        IF EXISTS (SELECT 1 FROM cairn.feed_horizon) THEN
          RAISE EXCEPTION 'feeds have horizons: without them nobody could tell which packs are gone by right, and which horizon a type has';
        END IF;
      END $$;
      REVOKE UPDATE, DELETE ON cairn.pack FROM cairn_worker;
      DROP TABLE cairn.deleted_pack, cairn.horizon_request, cairn.feed_horizon;
    `);
  }
}
