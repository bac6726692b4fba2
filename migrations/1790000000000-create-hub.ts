import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who the hub is, and what the login roles may do by default: nothing. Every later migration grants each table to each
 * role by name; functions are closed to everybody until granted. Policies of row-level security go by who acts, which the
 * functions here read from the transaction (docs/architecture.md, "Isolation").
 */
export class CreateHub1790000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      REVOKE ALL ON SCHEMA cairn FROM PUBLIC;
      GRANT USAGE ON SCHEMA cairn TO cairn_api, cairn_worker;
      ALTER DEFAULT PRIVILEGES FOR ROLE cairn_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    `);
    await queryRunner.query(`
      CREATE TABLE hub (
        id smallint NOT NULL DEFAULT 1 CONSTRAINT hub_pk PRIMARY KEY CONSTRAINT hub_single CHECK (id = 1),
        origin text NOT NULL CONSTRAINT hub_origin_shape CHECK (origin ~ '^[!-~]{1,255}$' AND origin !~ '[+]'),
        founded_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE hub IS 'One row: the name under which this hub signs. It never changes.';
      GRANT SELECT ON hub TO cairn_api, cairn_worker;
    `);
    await queryRunner.query(ACTOR_FUNCTIONS);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP FUNCTION cairn.actor_proves(), cairn.actor_applicant(), cairn.actor_person(), cairn.actor_member(), cairn.actor_kind();
      DROP TABLE hub;
      ALTER DEFAULT PRIVILEGES FOR ROLE cairn_owner GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
      REVOKE USAGE ON SCHEMA cairn FROM cairn_api, cairn_worker;
    `);
  }
}

/**
 * Each gives null, which is nobody, unless the setting is there and wholly of its shape. Policies call them in a subquery, so they are
 * evaluated once a statement and not once a row. Each is one expression in a body that was resolved when it was made: no search path
 * has a say in it, and the planner puts the expression in place of the call, which a `SET` clause would prevent.
 */
const ACTOR_FUNCTIONS = `
  CREATE FUNCTION cairn.actor_kind() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN substring(current_setting('cairn.actor', true) FROM
      '^(?=(?:member|person):[1-9][0-9]{0,8}$|applicant:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$|system:[a-z][a-z0-9-]{0,63}$)([a-z]+)');
  COMMENT ON FUNCTION cairn.actor_kind() IS 'member, person, applicant or system: the kind of who acts in this transaction';

  CREATE FUNCTION cairn.actor_member() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
    RETURN substring(current_setting('cairn.actor', true) FROM '^member:([1-9][0-9]{0,8})$')::integer;
  CREATE FUNCTION cairn.actor_person() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
    RETURN substring(current_setting('cairn.actor', true) FROM '^person:([1-9][0-9]{0,8})$')::integer;

  CREATE FUNCTION cairn.actor_applicant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN substring(current_setting('cairn.actor', true) FROM '^applicant:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$')::uuid;

  CREATE FUNCTION cairn.actor_proves() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('cairn.actor', true) = 'system:provenance', false);
  COMMENT ON FUNCTION cairn.actor_proves() IS 'whether entries of any member are read, one at a time, to be proved to somebody entitled';

  GRANT EXECUTE ON FUNCTION cairn.actor_kind(), cairn.actor_member(), cairn.actor_person(), cairn.actor_applicant(), cairn.actor_proves()
    TO cairn_api, cairn_worker;
`;
