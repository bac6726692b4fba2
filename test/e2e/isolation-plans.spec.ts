import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withClient, type Actor } from '#libs/platform';
import { createTestDatabase, type TestDatabase } from '#test/postgres';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  await withClient(test.adminUrl, { searchPath: 'cairn' }, (admin) => admin.query(MANY_ROWS));
});
afterAll(() => test?.drop());

/** Enough rows that an index is worth it, of fifty members. */
const MANY_ROWS = `
  SET cairn.actor = 'system:test';
  INSERT INTO member (handle, name, kind, control_group, requested_group, requested_accredited)
    SELECT 'm' || i, 'M', 'platform', 'g', 'g', false FROM generate_series(1, 50) i;
  INSERT INTO member_key (member_id, purpose, thumbprint, jwk)
    SELECT 1 + i % 50, 'signing', 'k' || i, '{}' FROM generate_series(1, 2000) i;
  INSERT INTO channel (name, requested_policy) VALUES ('csam', '{}');
  INSERT INTO submission_counter (member_id) SELECT id FROM member;
  INSERT INTO submission (member_id, key_id, channel_id, jti, counter, payload_digest, manifest, entries, entry_count,
                          entries_root, named, received_at, deadline, promise)
    SELECT 1 + i % 50, 1, 1, md5(i::text)::uuid, i, '', '', '', 1, '', false, now(), now(), '' FROM generate_series(1, 5000) i;
  INSERT INTO entry (log_index, line, channel_id, signal_id, member_id, key_id, operation, verdict, code, named)
    SELECT i, l, 1, (i * 10 + l) % 7000, 1 + i % 50, 1, 1, 0, 0, false FROM generate_series(1, 2000) i, generate_series(0, 9) l;
  ANALYZE;`;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Subplan Name'?: string;
  'Actual Loops': number;
  Plans?: Plan[];
}

/** Every node of the plan of a statement under an actor, with what happened when it ran. */
async function nodesOf(login: string, actor: Actor, sql: string): Promise<Plan[]> {
  return withClient(login, { searchPath: 'cairn' }, async (client) => {
    await client.query(`BEGIN; SET LOCAL cairn.actor = '${actor}'`);
    const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`);
    await client.query('ROLLBACK');
    const [{ Plan: root }] = (rows[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'];
    const flat = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flat)];
    return flat(root);
  });
}

const OWN: Actor = 'member:7';
const JTI = `md5('56')::uuid`;

describe('policies', () => {
  it.each([
    [
      'a submission by its jti',
      OWN,
      `SELECT * FROM submission WHERE member_id = 7 AND jti = ${JTI}`,
      'submission_jti_uq',
    ],
    [
      'the entries of a submission',
      OWN,
      'SELECT * FROM entry WHERE member_id = 7 AND log_index = 56 AND line >= 0 ORDER BY line LIMIT 10',
      'entry_pk',
    ],
    [
      'the counter of a member',
      OWN,
      `INSERT INTO submission_counter AS c (member_id, received) VALUES (7, 1)
        ON CONFLICT (member_id) DO UPDATE SET received = c.received + 1 RETURNING received`,
      null,
    ],
    [
      'a key of whoever calls',
      'system:api',
      `SELECT * FROM member_key WHERE thumbprint = 'k6' AND state <> 'withdrawn'`,
      'member_key_thumbprint_uq',
    ],
    ['the own keys', OWN, 'SELECT * FROM member_key WHERE member_id = 7', 'member_key_member_ix'],
  ] as [string, Actor, string, string | null][])(
    'leave %s to its index and ask once who acts',
    async (_what, actor, sql, index) => {
      const nodes = await nodesOf(test.apiUrl, actor, sql);
      if (index !== null) expect(nodes.map((node) => node['Index Name'])).toContain(index);
      expectAskedOnce(nodes);
    },
  );

  it('leave what was said before about each of many signals to its index, and ask once who acts', async () => {
    const sql = `SELECT s, (SELECT max(log_index) FROM entry e WHERE e.signal_id = s AND e.channel_id = 1) FROM generate_series(1, 2000) s`;
    const nodes = await nodesOf(test.workerUrl, 'system:worker', sql);
    expect(nodes.find((node) => node['Relation Name'] === 'entry')).toMatchObject({
      'Index Name': 'entry_signal_ix',
    });
    expectAskedOnce(nodes);
  });
});

/** A subplan that asks who acts reads no table and runs once. */
function expectAskedOnce(nodes: readonly Plan[]): void {
  const asking = nodes.filter(
    (node) => /^InitPlan/.test(node['Subplan Name'] ?? '') && node.Plans === undefined,
  );
  const loops = asking.map((node) => node['Actual Loops']);
  expect(loops.length).toBeGreaterThan(0);
  expect(Math.max(...loops)).toBe(1);
}
