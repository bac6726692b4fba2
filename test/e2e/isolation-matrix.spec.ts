import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { generateSigningKey } from '#libs/keys';
import { withClient } from '#libs/platform';
import { catalogueViolations } from '#test/isolation-catalogue';
import { APPLICANT, applicationRows, OTHER_APPLICANT } from '#test/isolation-applications';
import { ERASURE_ROWS } from '#test/isolation-erasures';
import { IsolationMatrix, type Identity } from '#test/isolation-matrix';
import { must, TestHub } from '#test/hub';
import { assertion, type TestMember } from '#test/member';
import { randomBytes } from 'node:crypto';

let hub: TestHub;
let identities: Identity[];

beforeAll(async () => {
  hub = await TestHub.create(['csam', 'tvec', 'ncii']);
  const alpha = await hub.admit('alpha', {}, ['csam', 'tvec']);
  const beta = await hub.admit('beta', {}, ['csam', 'ncii']);
  for (const member of [alpha, beta]) {
    const jwk: unknown = JSON.parse(generateSigningKey().publicKey.jwk);
    must(await hub.members.addKey('system:test', member.name, 'auth', jwk));
  }
  await send(alpha, ['csam', 'tvec']);
  await send(beta, ['csam', 'csam', 'ncii']);
  await hub.settle();
  // Decided, without a place in the log.
  await send(alpha, ['csam']);
  await send(beta, ['csam', 'ncii']);
  await hub.decideAll();
  await withClient(hub.databases.adminUrl, { searchPath: 'cairn' }, async (admin) => {
    await admin.query(OTHER_ROWS);
    await admin.query(KEY_ROWS + ERASURE_ROWS);
    await admin.query(peopleRows(await hub.idOf(alpha)));
    await admin.query(applicationRows(await hub.idOf(alpha), await hub.idOf(beta)));
    await admin.query(WITHOUT_GUARDS);
  });
  identities = whoever(await hub.idOf(alpha), await hub.idOf(beta));
});
afterAll(() => hub?.drop());

/** What no submission leaves behind. */
const OTHER_ROWS = `
  INSERT INTO person (issuer, subject, name) SELECT 'https://id.test', n::text, 'Person ' || n FROM generate_series(1, 5) n;
  INSERT INTO hub (origin) VALUES ('hub.test');
  INSERT INTO token_state (model, id, payload) VALUES ('ReplayDetection', 'x', '{}');
  INSERT INTO staff_bootstrap (actor) VALUES ('system:operator');
  INSERT INTO invitation (token_digest, role, bootstrap_id, expires_at) VALUES (sha256('token'), 'vetter', 1, now() + interval '1 day');
  INSERT INTO role_change (person_id, role, ordinal, given, reason, bootstrap_id) VALUES (1, 'approver', 1, true, 'first', 1);
  INSERT INTO person_disablement (person_id, ordinal, disabled, reason, by_person) VALUES (2, 1, true, 'left', 1);
  INSERT INTO session (digest, person_id, place, ends_at) VALUES (sha256('session'), 1, 'browser', now());
  INSERT INTO login_attempt (digest, expires_at) VALUES (sha256('attempt'), now());
  INSERT INTO terminal_code (digest, person_id, challenge, expires_at) VALUES (sha256('code'), 1, 'x', now());
  INSERT INTO used_proof (id, expires_at) VALUES (sha256('proof'), now());
  INSERT INTO conformance_run (run, member_id, challenge, expires_at)
    SELECT gen_random_uuid(), id, sha256('challenge'), now() + interval '1 hour' FROM member;
  INSERT INTO conformance_step (run_id, member_id, expires_at, ordinal, passed, report_digest)
    SELECT id, member_id, expires_at, 1, true, sha256('report') FROM conformance_run;
  INSERT INTO head_mismatch (member_id, manifest, head_size, head_root, log_size) SELECT id, 'x', 9, sha256('x'), 1 FROM member;
  INSERT INTO conformance_waiver (member_id, channel_id, actor, person_id, reason, until)
    SELECT id, 1, 'person:1', 1, 'x', now() + interval '1 day' FROM member;
  INSERT INTO member_act (member_id, person_id, act, accredited, reason) SELECT id, 1, 'accreditation', false, 'x' FROM member;
  INSERT INTO claim_end (log_index, kind, time) VALUES (1000, 'tick', 1); INSERT INTO log_state (size, root) VALUES (1, sha256('x')); INSERT INTO log_state_leaf (size, number, data) VALUES (1, 0, sha256('x'));
  SELECT set_config('cairn.actor', 'person:4', false); SELECT record_audit_event('act', 'subject', sha256('inputs'), 'ok'); SELECT set_config('cairn.actor', '', false);
  INSERT INTO feed_access (member_id, channel_id, way, hour, span, rounds, first_at, last_at, until, count)
    SELECT id, 1, 'ticket', now(), 'empty', '{[0,1)}', now(), now(), now(), 1 FROM member;
  INSERT INTO authorship_read (person_id, log_index, line, channel_id, purpose) VALUES (4, 1, 0, 1, 'x'); INSERT INTO replay_grant (person_id, purpose) VALUES (4, 'x'); INSERT INTO evidence_read (grant_id, from_index, end_index) SELECT id, 0, 1 FROM replay_grant; INSERT INTO feed_horizon (channel_id, type_code, size, leaf_index) SELECT min(channel_id), 1, 0, 1 FROM feed; INSERT INTO deleted_pack (channel_id, digest, horizon) SELECT min(channel_id), sha256('x'), 0 FROM feed;`;

/** Beside the keys, whose moves were noted: how one of each member came, and where others are published. */
const KEY_ROWS = `
  SET session_replication_role = replica;
  INSERT INTO key_registration (key_id, route, requested_by, nonce, nonce_expires_at)
    SELECT min(id), 'ceremony', 'person:1', 'nonce', now() FROM member_key GROUP BY member_id;
  INSERT INTO member_key_set (member_id, next_url, next_by)
    SELECT DISTINCT member_id, 'https://member.test/jwks.json', 1 FROM member_key;
  SET session_replication_role = origin;`;

/** People whom rows of members are given by their roles. */
function peopleRows(member: number): string {
  return `
    INSERT INTO role_change (person_id, role, ordinal, given, member_id, reason, bootstrap_id) VALUES
      (3, 'vetter', 1, true, NULL, 'first', 1), (4, 'auditor', 1, true, NULL, 'first', 1),
      (5, 'member_admin', 1, true, ${member}, 'first', 1);`;
}

/** The guards of applications and keys refuse most of what is tried before a policy is asked: here they must not hide what policies let through. */
const WITHOUT_GUARDS = `
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'cairn'::regnamespace AND relkind = 'r'
      AND (relname ~ '^(application|erasure)' OR relname IN ('agreement', 'agreement_acceptance', 'document', 'admission_policy',
        'member_key', 'key_registration', 'key_event')) LOOP
      EXECUTE format('ALTER TABLE cairn.%I DISABLE TRIGGER USER', name);
    END LOOP;
  END $$;`;

async function send(member: TestMember, channels: readonly string[]): Promise<void> {
  for (const channel of channels) {
    const entries = [assertion('sha256', randomBytes(32).toString('hex'))];
    must(await hub.receive(member, await member.batch(channel, entries)));
  }
}

function whoever(alpha: number, beta: number): Identity[] {
  const role = 'cairn_api' as const;
  const strangers = [
    ...[
      '',
      'member',
      'member:',
      `member:${alpha} `,
      `member:${alpha}\n`,
      `Member:${alpha}`,
      `member:0${alpha}`,
    ],
    ...[
      `member:+${alpha}`,
      'member:alpha',
      `applicant:${alpha}`,
      `applicant:${APPLICANT}x`,
      'member:99999999999',
      'person:1;system:api',
      'system',
      'system:',
      'api',
    ],
  ];
  return [
    { name: 'own member', role, actor: `member:${alpha}`, kind: 'member', id: alpha },
    { name: 'other member', role, actor: `member:${beta}`, kind: 'member', id: beta },
    { name: 'a member that is not there', role, actor: 'member:999', kind: 'member', id: 999 },
    { name: 'an approver', role, actor: 'person:1', kind: 'person', id: 1, person: 'decider' },
    { name: 'a person without a role', role, actor: 'person:2', kind: 'person', id: 2 },
    { name: 'a vetter', role, actor: 'person:3', kind: 'person', id: 3, person: 'decider' },
    { name: 'an auditor', role, actor: 'person:4', kind: 'person', id: 4, person: 'auditor' },
    {
      name: 'own administrator',
      role,
      actor: 'person:5',
      kind: 'person',
      id: 5,
      person: { administers: alpha },
    },
    { name: 'own applicant', role, actor: `applicant:${APPLICANT}`, kind: 'applicant', id: APPLICANT },
    {
      name: 'other applicant',
      role,
      actor: `applicant:${OTHER_APPLICANT}`,
      kind: 'applicant',
      id: OTHER_APPLICANT,
    },
    { name: 'applicant without an id', role, actor: `applicant:${alpha}`, kind: null },
    { name: 'the API itself', role, actor: 'system:api', kind: 'system' },
    { name: 'whoever proves entries', role, actor: 'system:provenance', kind: 'provenance' },
    { name: 'nobody', role, actor: null, kind: null },
    ...strangers.map((actor): Identity => ({ name: JSON.stringify(actor), role, actor, kind: null })),
    { name: 'the worker itself', role: 'cairn_worker', actor: 'system:worker', kind: 'system' },
    { name: 'nobody', role: 'cairn_worker', actor: null, kind: null },
    { name: 'nobody again', role: 'cairn_worker', actor: '', kind: null },
    { name: 'a migration', role: 'cairn_owner', actor: 'system:migration', kind: 'system' },
    { name: 'own member', role: 'cairn_owner', actor: `member:${alpha}`, kind: 'member', id: alpha },
    {
      name: 'own applicant',
      role: 'cairn_owner',
      actor: `applicant:${APPLICANT}`,
      kind: 'applicant',
      id: APPLICANT,
    },
    { name: 'nobody', role: 'cairn_owner', actor: null, kind: null },
  ];
}

type Work<T> = (matrix: IsolationMatrix, admin: pg.Client) => Promise<T>;

const onMatrix = <T>(work: Work<T>): Promise<T> => IsolationMatrix.with(hub.databases, identities, work);

/** With one nobody of each login only: enough to see a policy fail. */
const onFewer = <T>(work: Work<T>): Promise<T> =>
  IsolationMatrix.with(
    hub.databases,
    identities.filter(({ kind, actor }) => kind !== null || actor === null),
    work,
  );

describe('the isolation matrix', () => {
  it('covers every table, with rows of several owners', async () => {
    await onMatrix(async (matrix, admin) => {
      expect(await catalogueViolations(admin)).toEqual([]);
      expect(await matrix.unseeded()).toEqual([]);
    });
  });

  it('finds that each sees and changes what is its own, and nothing else', async () => {
    expect(await onMatrix((matrix) => matrix.violations())).toEqual([]);
  });

  it('would find every policy that let too much or too little through', async () => {
    await onFewer(async (matrix, admin) => {
      const { rows: policies } = await admin.query<Policy>(POLICIES);
      expect(policies.length).toBeGreaterThan(20);
      const unnoticed: string[] = [];
      for (const policy of policies) {
        for (const [change, restore] of brokenBy(policy)) {
          await admin.query(change);
          if (!(await matrix.isViolated(policy.table, policy.role))) unnoticed.push(change);
          await admin.query(restore);
        }
      }
      expect(unnoticed).toEqual([]);
      expect(await matrix.violations()).toEqual([]);
    });
  }, 300_000);

  it('would find a right that nobody wrote down', async () => {
    await onFewer(async (matrix, admin) => {
      for (const right of ['UPDATE', 'DELETE', 'INSERT']) {
        await admin.query(`GRANT ${right} ON cairn.entry TO cairn_api`);
        await admin.query(
          'CREATE POLICY careless ON cairn.entry TO cairn_api USING (member_id = (SELECT cairn.actor_member()))',
        );
        const found = await matrix.violations(['entry']);
        await admin.query(
          `REVOKE ${right} ON cairn.entry FROM cairn_api; DROP POLICY careless ON cairn.entry`,
        );
        expect([right, found.join()]).toEqual([right, expect.stringContaining('own member can')]);
      }
    });
  });

  it('would find a table without row-level security, and one that does not bind its owner', async () => {
    await onFewer(async (matrix, admin) => {
      const { rows } = await admin.query<{ table: string }>(
        `SELECT relname AS table FROM pg_class WHERE relnamespace = 'cairn'::regnamespace AND relrowsecurity ORDER BY 1`,
      );
      for (const [off, on] of [
        ['DISABLE', 'ENABLE'],
        ['NO FORCE', 'FORCE'],
      ] as const) {
        const security = (table: string, how: string): Promise<unknown> =>
          admin.query(`ALTER TABLE cairn.${table} ${how} ROW LEVEL SECURITY`);
        for (const { table } of rows) {
          await security(table, off);
          expect([table, off, await matrix.isViolated(table)]).toEqual([table, off, true]);
          await security(table, on);
        }
        for (const { table } of rows) await security(table, off);
        const missing = rows.map(({ table }): unknown => expect.stringMatching(`^${table} has no row-level`));
        expect((await catalogueViolations(admin)).sort()).toEqual(missing);
        for (const { table } of rows) await security(table, on);
      }
    });
  });
});

interface Policy {
  table: string;
  name: string;
  command: string;
  role: string;
  qual: string | null;
  check: string | null;
}

const POLICIES = `
  SELECT tablename AS table, policyname AS name, cmd AS command, array_to_string(roles, ', ') AS role, qual, with_check AS check
    FROM pg_policies WHERE schemaname = 'cairn' ORDER BY 1, 2`;

/** Ways to break a policy, each with what mends it. */
function brokenBy({ table, name, command, role, qual, check }: Policy): [string, string][] {
  const on = `${name} ON cairn.${table}`;
  const using = (condition: string | null) => (condition === null ? '' : ` USING (${condition})`);
  const checking = (condition: string | null) => (condition === null ? '' : ` WITH CHECK (${condition})`);
  const create = `CREATE POLICY ${on} FOR ${command} TO ${role}${using(qual)}${checking(check)}`;
  const open = command === 'INSERT' ? checking('true') : using('true');
  return [
    [`ALTER POLICY ${on}${open}`, `DROP POLICY ${on}; ${create}`],
    [`DROP POLICY ${on}`, create],
  ];
}

describe('the catalogue', () => {
  it.each([
    ['a table that nobody classified', 'CREATE TABLE cairn.stray (id integer)', /^stray is a table that/],
    [
      'a view with its owner’s rights',
      'CREATE VIEW cairn.all_sent AS SELECT * FROM cairn.submission',
      /^all_sent is/,
    ],
    ['a materialized view', 'CREATE MATERIALIZED VIEW cairn.kept AS SELECT 1 AS n', /^kept is a view/],
    [
      'a function with its owner’s rights and the caller’s search path',
      `CREATE FUNCTION cairn.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM cairn.submission';
       REVOKE EXECUTE ON FUNCTION cairn.peek() FROM PUBLIC`,
      /^cairn\.peek\(\) is a function/,
    ],
    [
      'a function with its owner’s rights that can be called',
      `CREATE FUNCTION cairn.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
         AS 'SELECT count(*) FROM cairn.application'; GRANT EXECUTE ON FUNCTION cairn.peek() TO cairn_api`,
      /^cairn\.peek\(\) is a function .* that a login can call/,
    ],
    [
      'a policy for everybody',
      'CREATE POLICY wide ON cairn.submission USING ((SELECT cairn.actor_kind()) IS NOT NULL)',
      /^wide is a policy that is not for just one/,
    ],
    [
      'a policy that does not ask who acts',
      'CREATE POLICY wide ON cairn.entry TO cairn_api USING (named)',
      /^wide is a policy that does not ask/,
    ],
    [
      'a policy that asks for each row',
      'CREATE POLICY slow ON cairn.entry TO cairn_api USING (member_id = cairn.actor_member())',
      /^slow is a policy that does not ask/,
    ],
    [
      'a grant to empty a table',
      'GRANT TRUNCATE ON cairn.entry TO cairn_api',
      /^entry: cairn_api can be emptied/,
    ],
    [
      'a table elsewhere',
      'CREATE TABLE public.aside (id integer); GRANT SELECT ON public.aside TO cairn_api',
      /^public\.aside is a table/,
    ],
  ])('is held against %s', async (_what, change, complaint) => {
    await withClient(hub.databases.adminUrl, {}, async (admin) => {
      await admin.query('BEGIN');
      await admin.query(change);
      expect(await catalogueViolations(admin)).toEqual([expect.stringMatching(complaint)]);
      await admin.query('ROLLBACK');
    });
  });

  it('lets nobody read past the policies by asking for it', async () => {
    await withClient(hub.databases.apiUrl, {}, async (api) => {
      await api.query('SET row_security = off');
      await expect(api.query('SELECT 1 FROM cairn.submission')).rejects.toMatchObject({ code: '42501' });
      await expect(api.query('SET ROLE cairn_owner')).rejects.toMatchObject({ code: '42501' });
    });
  });
});
