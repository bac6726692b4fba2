import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor, Database } from '#libs/platform';
import { ApplicationDesk, done, profileOf } from '#test/application-desk';
import type { TestMember } from '#test/member';

/** What somebody with a login of the hub's processes, and nothing else, can do with plain SQL. */
let desk: ApplicationDesk;
let endorsers: TestMember[];
let applicants = 0;

beforeAll(async () => {
  desk = await ApplicationDesk.create();
  endorsers = [await desk.hub.admit('north'), await desk.hub.admit('west')];
});
afterAll(() => desk.drop());

const LOGINS = ['api', 'worker'] as const;
type Login = (typeof LOGINS)[number] | 'admin';

function run(
  login: Login,
  sql: string,
  params: unknown[] = [],
  actor: Actor = 'system:test',
): Promise<unknown> {
  const database: Database = desk.hub.databases[login];
  return database.transaction('plain-sql', actor, (tx) => tx.query(sql, params));
}

/** The constraint that refused, or the state of the refusal. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    const { code, constraint } = (error as { driverError: { code: string; constraint?: string } })
      .driverError;
    return constraint ?? code;
  }
}

const MOVE = `INSERT INTO cairn.application_move (application_id, from_state, to_state, person_id, reason_code)
  VALUES ($1, $2, $3, $4, $5)`;
const PERMISSION_DENIED = '42501';

async function submitted(): Promise<string> {
  const { application } = await desk.applications.create();
  done(await desk.applications.setProfile(application, profileOf(`sql-${++applicants}`)));
  done(await desk.applications.submit(application));
  return application;
}

const RECOMMEND = `INSERT INTO cairn.application_recommendation
    (application_id, person_id, direction, reasons, rights, accredited, seen, digest)
  SELECT id, $2, 'admit', '{}', '[]', false, revision + $3, sha256('x') FROM cairn.application WHERE id = $1`;
const DECIDE = `INSERT INTO cairn.application_decision
    (application_id, recommendation, recommended_by, person_id, direction, digest)
  SELECT application_id, max(number), $2, $3, 'admit', sha256('x') FROM cairn.application_recommendation
   WHERE application_id = $1 GROUP BY application_id`;

describe('plain SQL under a login of the hub', () => {
  describe.each(LOGINS)('as %s', (login) => {
    it('makes no move that the diagram lacks, from no other state, in no other name', async () => {
      const application = await submitted();
      const [person, other] = desk.people as [number, number];
      const actor: Actor = `person:${person}`;
      const move = (
        from: string,
        to: string,
        by: number | null,
        as: Actor = actor,
        reason: string | null = null,
      ) => refusal(run(login, MOVE, [application, from, to, by, reason], as));
      expect(await move('submitted', 'active', person)).toBe('application_move_transition_fk');
      expect(await move('in_review', 'endorsed', person)).toBe('application_move_from_present');
      expect(await move('submitted', 'in_review', other)).toBe('application_act_person');
      expect(await move('submitted', 'in_review', null)).toBe('application_act_person');
      expect(await move('submitted', 'in_review', null, 'system:worker')).toBe('application_move_mover');
      expect(
        await move('submitted', 'withdrawn', null, 'applicant:00000000-0000-4000-8000-000000000000', 'other'),
      ).toBe('application_move_mover');
      const applicant: Actor = `applicant:${application}`;
      expect(await move('submitted', 'withdrawn', null, applicant)).toBe('application_move_reason_fk');
      expect(await move('submitted', 'withdrawn', null, applicant, 'yearly')).toBe(
        'application_move_reason_fk',
      );
      expect(await move('submitted', 'in_review', person)).toBe('done');
    });

    it('neither rewrites nor deletes a move, nor sets a state without one', async () => {
      const application = await submitted();
      const tries = [
        `UPDATE cairn.application_move SET to_state = 'active' WHERE application_id = $1`,
        `DELETE FROM cairn.application_move WHERE application_id = $1`,
        `UPDATE cairn.application SET state = 'active' WHERE id = $1`,
        `UPDATE cairn.application SET revision = 0, moves = 0 WHERE id = $1`,
        `DELETE FROM cairn.application WHERE id = $1`,
      ];
      for (const sql of tries) expect(await refusal(run(login, sql, [application]))).toBe(PERMISSION_DENIED);
      expect(await refusal(run(login, 'TRUNCATE cairn.application_move'))).toBe(PERMISSION_DENIED);
      const insert = `INSERT INTO cairn.application_transition VALUES ('submitted', 'active', '{staff}')`;
      expect(await refusal(run(login, insert))).toBe(PERMISSION_DENIED);
    });

    it('is refused a table of acts to be updated, deleted from or emptied', async () => {
      const tables = await desk.hub.worker.read('tables', 'system:test', (tx) =>
        tx.query<{ name: string }>(
          `SELECT relname AS name FROM pg_class WHERE relnamespace = 'cairn'::regnamespace AND relkind = 'r'
              AND (relname LIKE 'application%' OR relname IN ('agreement', 'agreement_acceptance', 'document', 'admission_policy', 'checklist_item'))`,
        ),
      );
      expect(tables.length).toBe(24);
      for (const { name } of tables) {
        expect(await refusal(run(login, `DELETE FROM cairn.${name}`))).toBe(PERMISSION_DENIED);
        expect(await refusal(run(login, `TRUNCATE cairn.${name} CASCADE`))).toBe(PERMISSION_DENIED);
      }
    });
  });

  it('not even the owner rewrites what was recorded, or sets a state without a move', async () => {
    const application = await submitted();
    for (const sql of [
      `UPDATE cairn.application_move SET note = 'x' WHERE application_id = $1`,
      `DELETE FROM cairn.application_profile WHERE application_id = $1`,
      `DELETE FROM cairn.application WHERE id = $1`,
    ])
      expect(await refusal(run('admin', sql, [application]))).toBe('application_append_only');
    const set = `UPDATE cairn.application SET state = 'active', moves = moves + 1 WHERE id = $1`;
    expect(await refusal(run('admin', set, [application]))).toBe('application_state_by_move');
    expect(await refusal(run('admin', 'TRUNCATE cairn.application_objection CASCADE'))).toBe(
      'application_append_only',
    );
    const begin = `INSERT INTO cairn.application (token_digest, state) VALUES (sha256('x'), 'decided')`;
    expect(await refusal(run('admin', begin))).toBe('application_begins');
  });

  it('lets no part of the hub say what people decide: policy, agreement, waiver', async () => {
    for (const sql of [
      `INSERT INTO cairn.agreement (version, title, text, digest, accept_by, person_id)
        VALUES (99, 'x', 'x', sha256('x'), now(), ${desk.people[0]!})`,
      `INSERT INTO cairn.admission_policy SELECT 99, endorsements, founding_members FROM cairn.admission_policy WHERE version = 1`,
      `INSERT INTO cairn.conformance_waiver (member_id, channel_id) VALUES (1, 1)`,
    ])
      expect(await refusal(run('worker', sql))).toBe(PERMISSION_DENIED);
    const nobody = `INSERT INTO cairn.agreement (version, title, text, digest, accept_by) VALUES (99, 'x', 'x', sha256('x'), now())`;
    expect(await refusal(run('admin', nobody))).toBe('23502');
  });

  it('does not decide alone, early, without a recommendation, or on another version', async () => {
    const application = await desk.inWindow(profileOf(`sql-${++applicants}`), endorsers);
    const [vetter, approver] = desk.people as [number, number];
    const as = (person: number): Actor => `person:${person}`;
    const recommend = (by: number, offset = 0, actor = as(by)) =>
      refusal(run('api', RECOMMEND, [application, by, offset], actor));
    const decide = (by: number, actor = as(by)) =>
      refusal(run('api', DECIDE, [application, vetter, by], actor));
    const admit = (by: number) =>
      refusal(run('api', MOVE, [application, 'objection_window', 'decided', by, null], as(by)));

    expect(await admit(approver)).toBe('application_window_elapsed');
    await desk.pass(48);
    expect(await admit(approver)).toBe('application_decided_by_two');
    expect(await recommend(vetter, -1)).toBe('application_recommendation_seen_ck');
    expect(await recommend(vetter, 0, as(approver))).toBe('application_act_person');
    expect(await recommend(vetter)).toBe('done');
    expect(await decide(vetter)).toBe('application_decision_two_persons_ck');
    expect(await decide(approver, as(vetter))).toBe('application_act_person');
    expect(await decide(approver)).toBe('application_decision_move_fk');
    expect(await admit(approver)).toBe('application_decided_by_two');
    expect(await refusal(run('worker', RECOMMEND, [application, vetter, 0], as(vetter)))).toBe(
      PERMISSION_DENIED,
    );

    await desk.passChecks(application);
    done(await desk.review.setControlGroup(vetter, application, 'elsewhere'));
    expect(await decide(approver)).toBe('application_decision_unchanged_ck');
    expect(await recommend(vetter)).toBe('done');
    const both = desk.hub.databases.api.transaction('plain-sql', as(approver), async (tx) => {
      await tx.query(DECIDE, [application, vetter, approver]);
      await tx.query(MOVE, [application, 'objection_window', 'decided', approver, null]);
    });
    expect(await refusal(both)).toBe('done');
  });

  it('ends a suspension only where it began', async () => {
    const application = await desk.active(profileOf('back'), endorsers);
    const [vetter] = desk.people as [number];
    done(await desk.path.suspend(vetter, application, 'own_request'));
    const move = (to: string) =>
      refusal(run('api', MOVE, [application, 'suspended', to, vetter, null], `person:${vetter}`));
    for (const to of ['key_ceremony', 'conformance', 'probation', 're_attestation_due'])
      expect(await move(to)).toBe('application_back_to_before');
    expect(await move('expelled')).toBe('application_move_reason_fk');
    expect(await move('active')).toBe('done');
  });

  it('links no application to a member that is not its own', async () => {
    const application = await submitted();
    const link = `UPDATE cairn.application SET member_id = (SELECT id FROM cairn.member WHERE handle = 'north') WHERE id = $1`;
    expect(await refusal(run('api', link, [application]))).toBe(PERMISSION_DENIED);
    expect(await refusal(run('admin', link, [application]))).toBe('application_member_once');
    expect(await refusal(run('worker', link, [application]))).toBe(PERMISSION_DENIED);
  });

  it('gives an observer no right', async () => {
    const { application } = await desk.applications.create();
    const profile = profileOf('ministry', { kind: 'government' });
    expect(await desk.applications.setProfile(application, profile)).toMatchObject({
      ok: false,
      code: 'NOT_ALLOWED',
      field: 'profile.channels',
    });
    const insert = 'INSERT INTO cairn.application_profile (application_id, profile) VALUES ($1, $2)';
    expect(
      await refusal(run('api', insert, [application, JSON.stringify(profile)], `applicant:${application}`)),
    ).toBe('application_profile_observer_ck');
  });
});
