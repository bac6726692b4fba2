import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Proofs of possession that were used. Both tables are unlogged, so that no request waits for the disk; a crash, a promoted standby and a
 * restored base backup empty both together. The epoch tells an emptied memory from a quiet one: without its row nothing is known of the time
 * before. A new hub knows that there was none.
 */
export class CreateProofReplay1795400000008 implements MigrationInterface {
  name = 'CreateProofReplay1795400000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE cairn.proof_epoch (
        single boolean NOT NULL DEFAULT true,
        nonce text NOT NULL DEFAULT gen_random_uuid()::text,
        began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT proof_epoch_pk PRIMARY KEY (single),
        CONSTRAINT proof_epoch_single_ck CHECK (single)
      );
      COMMENT ON TABLE cairn.proof_epoch IS 'since when used_proof is complete; gone after a crash, together with it';
      INSERT INTO cairn.proof_epoch (began_at) VALUES ('-infinity');
      GRANT SELECT, INSERT ON cairn.proof_epoch TO cairn_api;
      GRANT SELECT ON cairn.proof_epoch TO cairn_worker;

      CREATE UNLOGGED TABLE cairn.used_proof (
        id bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT used_proof_pk PRIMARY KEY (id),
        CONSTRAINT used_proof_id_ck CHECK (octet_length(id) = 32)
      );
      COMMENT ON TABLE cairn.used_proof IS 'DPoP proofs (RFC 9449) used at the API; id is SHA-256 of key thumbprint and jti';
      CREATE INDEX used_proof_expires_ix ON cairn.used_proof (expires_at);
      GRANT SELECT, INSERT ON cairn.used_proof TO cairn_api;
      GRANT SELECT, DELETE ON cairn.used_proof TO cairn_worker;

      ALTER TABLE cairn.used_proof ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY used_proof_api ON cairn.used_proof TO cairn_api USING ((SELECT cairn.actor_kind()) = 'system');
      CREATE POLICY used_proof_worker ON cairn.used_proof TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY used_proof_owner ON cairn.used_proof TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
      ALTER TABLE cairn.proof_epoch ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY proof_epoch_api ON cairn.proof_epoch TO cairn_api USING ((SELECT cairn.actor_kind()) = 'system');
      CREATE POLICY proof_epoch_worker ON cairn.proof_epoch TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY proof_epoch_owner ON cairn.proof_epoch TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE cairn.used_proof, cairn.proof_epoch`);
  }
}
