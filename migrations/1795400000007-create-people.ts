import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People: staff, member administrators, auditors. Who somebody is, is what an OpenID Connect provider says: issuer and subject. */
export class CreatePeople1795400000007 implements MigrationInterface {
  name = 'CreatePeople1795400000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cairn.person (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT person_pk PRIMARY KEY,
        issuer text NOT NULL,
        subject text NOT NULL,
        name text NOT NULL,
        email text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT person_identity_uq UNIQUE (issuer, subject)
      );
      COMMENT ON TABLE cairn.person IS 'identity is issuer and subject (OpenID Connect Core §5.7); name and e-mail address are shown, never compared';
      GRANT SELECT, INSERT, UPDATE (name, email) ON cairn.person TO cairn_api;
      GRANT SELECT ON cairn.person TO cairn_worker;

      ALTER TABLE cairn.person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
      CREATE POLICY person_self ON cairn.person FOR SELECT TO cairn_api USING (id = (SELECT cairn.actor_person()));
      CREATE POLICY person_api ON cairn.person TO cairn_api USING ((SELECT cairn.actor_kind()) = 'system');
      CREATE POLICY person_worker ON cairn.person TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
      CREATE POLICY person_owner ON cairn.person TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE cairn.person`);
  }
}
