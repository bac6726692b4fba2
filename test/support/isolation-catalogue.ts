import type pg from 'pg';
import { LOGIN_ROLES, OWNER_ROLE } from '#libs/platform';
import { CALLABLE_WITH_OWNER_RIGHTS, isGuarded, TABLE_ISOLATION } from '#migrations';

/**
 * What the catalogue says against isolation, in words; nothing when all is well. Each check gives the names of what breaks it.
 *
 * @param admin a superuser's connection
 */
export async function catalogueViolations(admin: pg.Client): Promise<string[]> {
  const found: string[] = [];
  const classified = Object.keys(TABLE_ISOLATION);
  const guarded = classified.filter((table) => isGuarded(TABLE_ISOLATION[table]!));
  for (const [rule, sql, params = []] of checks(classified, guarded)) {
    const { rows } = await admin.query<{ name: string }>(sql, [...params]);
    found.push(...rows.map(({ name }) => `${name} ${rule}`));
  }
  return found;
}

type Check = readonly [rule: string, sql: string, params?: readonly unknown[]];

function checks(classified: readonly string[], guarded: readonly string[]): Check[] {
  return [...tableChecks(classified, guarded), ...policyChecks(guarded), ...codeChecks(), ...roleChecks()];
}

const RELATIONS = `pg_class c WHERE relnamespace = 'cairn'::regnamespace`;

function tableChecks(classified: readonly string[], guarded: readonly string[]): Check[] {
  return [
    [
      'is a table that migrations/table-isolation.ts does not classify',
      `SELECT relname AS name FROM ${RELATIONS} AND relkind IN ('r', 'p', 'f') AND NOT relname = ANY ($1)`,
      [classified],
    ],
    [
      'is classified, but there is no such table',
      `SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass('cairn.' || name) IS NULL`,
      [classified],
    ],
    [
      'has no row-level security that binds its owner, too',
      `SELECT relname AS name FROM ${RELATIONS} AND relname = ANY ($1) AND NOT (relrowsecurity AND relforcerowsecurity)`,
      [guarded],
    ],
    [
      'can be emptied, referred to or given triggers by a login',
      `SELECT format('%s: %s', relname, r) AS name FROM pg_class c, unnest($1::text[]) AS r
        WHERE relnamespace = 'cairn'::regnamespace AND relkind IN ('r', 'p', 'f', 'v', 'm')
          AND has_table_privilege(r, c.oid, 'TRUNCATE, REFERENCES, TRIGGER')`,
      [LOGIN_ROLES],
    ],
    [
      'is a table of another schema that a login can read',
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace, unnest($1::text[]) AS r
        WHERE relkind IN ('r', 'p', 'f', 'v', 'm') AND nspname NOT IN ('cairn', 'bullmq', 'pg_catalog', 'information_schema')
          AND nspname !~ '^pg_' AND has_schema_privilege(r, n.oid, 'USAGE') AND has_any_column_privilege(r, c.oid, 'SELECT')`,
      [LOGIN_ROLES],
    ],
  ];
}

function policyChecks(guarded: readonly string[]): Check[] {
  const policies = `pg_policies p WHERE schemaname = 'cairn'`;
  return [
    [
      'has no policy for the worker or for the owner',
      `SELECT name FROM unnest($1::text[]) AS name WHERE (
         SELECT count(DISTINCT p.roles) FROM ${policies} AND tablename = name AND roles IN ('{cairn_worker}', '{cairn_owner}')) < 2`,
      [guarded],
    ],
    [
      'is a policy that is not for just one of our roles',
      `SELECT policyname AS name FROM ${policies} AND NOT roles IN ('{cairn_api}', '{cairn_worker}', '{cairn_owner}')`,
    ],
    [
      'is a policy that does not ask, or asks for each row, who acts: write (SELECT cairn.actor_…())',
      `SELECT policyname AS name FROM ${policies} AND (
         SELECT bool_or(NOT e ~ 'cairn\\.actor_|actor_' OR regexp_replace(e, '\\( SELECT (cairn\\.)?actor_', '', 'g') ~ '[^ ]actor_\\w+\\(')
           FROM (VALUES (p.qual), (p.with_check)) AS v (e) WHERE e IS NOT NULL)`,
    ],
  ];
}

function codeChecks(): Check[] {
  return [
    [
      'is a view that reads with the rights of its owner',
      `SELECT relname AS name FROM ${RELATIONS} AND (relkind = 'm' OR relkind = 'v'
          AND NOT coalesce(reloptions && '{security_invoker=true,security_invoker=on,security_invoker=1}', false))`,
    ],
    [
      'is a function with the rights of its owner that searches where its caller says',
      `SELECT oid::regprocedure::text AS name FROM pg_proc f WHERE pronamespace = 'cairn'::regnamespace AND prosecdef
          AND NOT EXISTS (SELECT FROM unnest(proconfig) AS s WHERE s LIKE 'search_path=%')`,
    ],
    [
      'is a function with the rights of its owner that a login can call: only triggers have such',
      `SELECT f.oid::regprocedure::text AS name FROM pg_proc f WHERE pronamespace = 'cairn'::regnamespace AND prosecdef
          AND prorettype <> 'trigger'::regtype AND NOT f.oid IN (SELECT to_regprocedure(c) FROM unnest($2::text[]) AS c) AND EXISTS (
            SELECT FROM unnest($1::text[]) AS r WHERE has_function_privilege(r, f.oid, 'EXECUTE'))`,
      [LOGIN_ROLES, CALLABLE_WITH_OWNER_RIGHTS],
    ],
    [
      'is a function for policies whose body is resolved when it is called',
      `SELECT oid::regprocedure::text AS name FROM pg_proc f WHERE pronamespace = 'cairn'::regnamespace
          AND proname LIKE 'actor\\_%' AND (prosqlbody IS NULL OR provolatile <> 's' OR prosecdef)`,
    ],
  ];
}

function roleChecks(): Check[] {
  return [
    [
      'is a login that is more than one',
      `SELECT rolname AS name FROM pg_roles r WHERE rolname = ANY ($1)
          AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
               OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)
               OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relpersistence <> 't') OR EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid)
               OR EXISTS (SELECT FROM pg_namespace WHERE nspowner = r.oid)
               OR has_schema_privilege(r.oid, 'cairn', 'CREATE'))`,
      [LOGIN_ROLES],
    ],
    [
      'owns the tables and can log in or see past policies',
      `SELECT rolname AS name FROM pg_roles WHERE rolname = $1 AND (rolcanlogin OR rolsuper OR rolbypassrls)`,
      [OWNER_ROLE],
    ],
  ];
}
