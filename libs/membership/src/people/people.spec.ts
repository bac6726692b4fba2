import { afterAll, afterEach, beforeEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { must, TestHub } from '#test/hub';
import { bootstrapStaff } from './bootstrap-staff.js';
import { Invitations, type IssuedInvitation } from './invitations.js';
import { findPerson, listStaff, recordLogin, type PersonStanding } from './person-directory.js';
import { StaffAdministration, type PersonResult } from './staff-administration.js';
import { STAFF_ROLES, type StaffRole } from './roles.js';

const ISSUER = 'https://login.example.org';
const ACTOR = 'system:test';

describe('people', () => {
  let hub: TestHub;
  let invitations: Invitations;
  let staff: StaffAdministration;
  /** Ids of people who have logged in. */
  let [ann, bob, cid]: number[] = [];

  beforeAll(async () => {
    hub = await TestHub.create();
    invitations = new Invitations(hub.databases.api);
    staff = new StaffAdministration(hub.databases.api);
    await hub.admit('alpha');
    await hub.admit('beta');
  });
  afterAll(() => hub.drop());
  beforeEach(async () => {
    [ann, bob, cid] = [await login('ann'), await login('bob'), await login('cid')];
  });
  afterEach(forget);

  function forget(): Promise<unknown> {
    const tables = [
      'session',
      'terminal_code',
      'person_disablement',
      'role_change',
      'invitation',
      'staff_bootstrap',
      'person',
    ];
    return hub.databases.admin.transaction('forget', ACTOR, (tx) =>
      tx.execute(tables.map((table) => `DELETE FROM cairn.${table};`).join(' ')),
    );
  }

  function login(subject: string): Promise<number> {
    const profile = { issuer: ISSUER, subject, name: subject.toUpperCase(), email: null };
    return hub.databases.api.transaction('login', ACTOR, async (tx) => (await recordLogin(tx, profile))!.id);
  }

  function find(id: number): Promise<PersonStanding> {
    return hub.databases.api.read('find', ACTOR, async (tx) => (await findPerson(tx, id))!);
  }

  async function rolesOf(...ids: number[]): Promise<(readonly StaffRole[])[]> {
    return Promise.all(ids.map(async (id) => (await find(id)).roles));
  }

  async function bootstrap(give: Record<string, StaffRole>, invite: StaffRole[] = []) {
    const given = Object.entries(give).map(([subject, role]) => ({
      role,
      identity: { issuer: ISSUER, subject },
    }));
    return bootstrapStaff(hub.worker, ACTOR, { invite, give: given });
  }

  const foundStaff = async (): Promise<void> => must(await bootstrap({ ann: 'approver', bob: 'vetter' }));
  const act = (by: number, person: number) => ({ by, person, reason: 'because' });
  const ruleOf = (result: { ok: boolean; rule?: string }): string | undefined => result.rule;

  async function invited(by: number, role: StaffRole): Promise<IssuedInvitation> {
    const result = await invitations.inviteStaff(by, role);
    must(result);
    return (result as { invitation: IssuedInvitation }).invitation;
  }

  describe('when a hub has no staff', () => {
    it('makes the first: at least two people, one of them an approver', async () => {
      expect(await bootstrap({ ann: 'approver' })).toMatchObject({ code: 'BAD_INPUT' });
      expect(await bootstrap({ ann: 'vetter', bob: 'vetter' })).toMatchObject({ code: 'BAD_INPUT' });
      await foundStaff();
      expect(await rolesOf(ann!, bob!, cid!)).toEqual([['approver'], ['vetter'], []]);
    });

    it('does so once, also at the same time, and writes down that it was done', async () => {
      const results = await Promise.all([1, 2, 3].map(() => bootstrap({ ann: 'approver', bob: 'approver' })));
      expect(results.map(({ ok }) => ok).sort()).toEqual([false, false, true]);
      expect(await bootstrap({ cid: 'approver' }, ['vetter'])).toMatchObject({
        code: 'NOT_ALLOWED',
        field: 'staff',
      });
      const rows = await hub.worker.read('bootstraps', ACTOR, (tx) =>
        tx.query('SELECT actor FROM cairn.staff_bootstrap'),
      );
      expect(rows).toEqual([{ actor: ACTOR }]);
      const asked = await hub.worker.read('asked', ACTOR, (tx) =>
        tx.query(
          `SELECT body ->> 'staff' AS staff FROM cairn.pending_statement WHERE body ->> 'kind' = 'bootstrap' ORDER BY id DESC LIMIT 1`,
        ),
      );
      expect(asked).toEqual([{ staff: '2' }]);
    });

    it('can be done again until somebody has accepted, and then not', async () => {
      const first = await bootstrap({}, ['approver', 'vetter']);
      const second = await bootstrap({}, ['approver', 'vetter']);
      const [old, fresh] = [first, second].map(
        (done) => (done as { invitations: IssuedInvitation[] }).invitations,
      );
      expect(await invitations.accept(ann!, old![0]!.token)).toMatchObject({ code: 'NOT_FOUND' });
      must(await invitations.accept(ann!, fresh![0]!.token));
      expect(await bootstrap({}, ['approver', 'vetter'])).toMatchObject({ code: 'NOT_ALLOWED' });
      must(await invitations.accept(bob!, fresh![1]!.token));
      expect(await rolesOf(ann!, bob!)).toEqual([['approver'], ['vetter']]);
    });

    it('takes two people for two invitations', async () => {
      const done = await bootstrap({}, ['approver', 'vetter']);
      const [one, two] = (done as { invitations: IssuedInvitation[] }).invitations;
      must(await invitations.accept(ann!, one!.token));
      expect(ruleOf(await invitations.accept(ann!, two!.token))).toContain('another person');
      expect(await rolesOf(ann!)).toEqual([['approver']]);
    });

    it('lets nobody invite', async () => {
      expect(await invitations.inviteStaff(ann!, 'vetter')).toMatchObject({ code: 'NOT_ALLOWED' });
      expect(await invitations.inviteMemberAdministrator(ann!, 'alpha')).toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('an invitation', () => {
    beforeEach(foundStaff);

    it('gives its role to whoever accepts it, once', async () => {
      const { token } = await invited(ann!, 'auditor');
      must(await invitations.accept(cid!, token));
      expect(await rolesOf(cid!)).toEqual([['auditor']]);
      expect(await invitations.accept(bob!, token)).toMatchObject({ code: 'NOT_FOUND' });
      expect(await invitations.accept(cid!, token)).toMatchObject({ code: 'NOT_FOUND' });
    });

    it('is accepted once by many at the same time', async () => {
      const { token } = await invited(ann!, 'auditor');
      const results = await Promise.all([bob!, cid!, bob!, cid!].map((id) => invitations.accept(id, token)));
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      expect((await rolesOf(bob!, cid!)).flat().filter((role) => role === 'auditor')).toHaveLength(1);
    });

    it('is not accepted after its time', async () => {
      const { token, id } = await invited(ann!, 'auditor');
      await hub.databases.admin.transaction('age', ACTOR, (tx) =>
        tx.execute(
          `UPDATE cairn.invitation SET created_at = now() - interval '8 days', expires_at = now() - interval '1 second' WHERE id = $1`,
          [id],
        ),
      );
      expect(await invitations.accept(cid!, token)).toMatchObject({ code: 'NOT_FOUND' });
    });

    it('for one person is not accepted by another', async () => {
      const addressee = { issuer: ISSUER, subject: 'cid' };
      const result = await invitations.inviteStaff(ann!, 'auditor', addressee);
      const { token } = (result as { invitation: IssuedInvitation }).invitation;
      expect(await invitations.accept(bob!, token)).toMatchObject({ code: 'NOT_FOUND' });
      must(await invitations.accept(cid!, token));
    });

    it('is not accepted by who made it', async () => {
      const { token } = await invited(ann!, 'auditor');
      expect(ruleOf(await invitations.accept(ann!, token))).toContain('somebody else');
    });

    it('is not accepted when it was taken back, by its maker or an approver', async () => {
      const { token, id } = await invited(ann!, 'auditor');
      expect(await invitations.revoke(bob!, id)).toMatchObject({ code: 'NOT_FOUND' });
      must(await invitations.revoke(ann!, id));
      expect(await invitations.accept(cid!, token)).toMatchObject({ code: 'NOT_FOUND' });
    });

    it('of somebody who was disabled, or is no approver any more, is worth nothing', async () => {
      must(await staff.giveRole(act(ann!, cid!), 'approver'));
      const [one, two] = [await invited(cid!, 'auditor'), await invited(cid!, 'operator')];
      must(await staff.takeRole(act(ann!, cid!), 'approver'));
      expect(await invitations.accept(bob!, one.token)).toMatchObject({ code: 'NOT_FOUND' });
      must(await staff.giveRole(act(ann!, cid!), 'approver'));
      expect(await invitations.accept(bob!, two.token)).toMatchObject({ code: 'NOT_FOUND' });
      const three = await invited(cid!, 'operator');
      must(await staff.disable(act(ann!, cid!)));
      expect(await invitations.accept(bob!, three.token)).toMatchObject({ code: 'NOT_FOUND' });
    });

    it('is refused to vetters, and a token is not stored', async () => {
      expect(await invitations.inviteStaff(bob!, 'vetter')).toMatchObject({ code: 'NOT_ALLOWED' });
      const { token } = await invited(ann!, 'auditor');
      const rows = await hub.databases.admin.read('stored', ACTOR, (tx) =>
        tx.query<{ text: string }>('SELECT i::text AS text FROM cairn.invitation i'),
      );
      expect(JSON.stringify(rows)).not.toContain(token);
      expect(JSON.stringify(rows)).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
    });

    it.each(['', 'x', 'A'.repeat(43), "'; DROP TABLE x; --"])('is not %j', async (token) => {
      expect(await invitations.accept(cid!, token)).toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('an administrator of a member', () => {
    beforeEach(foundStaff);

    async function administrator(by: number, member: string, id: number) {
      const result = await invitations.inviteMemberAdministrator(by, member);
      must(result);
      return invitations.accept(id, (result as { invitation: IssuedInvitation }).invitation.token);
    }

    it('is invited by staff, or by another of the same member', async () => {
      must(await administrator(bob!, 'alpha', cid!));
      expect((await find(cid!)).member).toMatchObject({ member: 'alpha', status: 'active' });
      const dee = await login('dee');
      must(await administrator(cid!, 'alpha', dee));
      const foreign = await invitations.inviteMemberAdministrator(cid!, 'beta');
      expect(foreign).toEqual(await invitations.inviteMemberAdministrator(cid!, 'nobody'));
    });

    it('administers one member, until that is taken', async () => {
      must(await administrator(bob!, 'alpha', cid!));
      expect(ruleOf(await administrator(bob!, 'beta', cid!))).toContain('you administer one');
      must(await staff.takeMember(act(ann!, cid!)));
      expect((await find(cid!)).member).toBeNull();
      must(await administrator(bob!, 'beta', cid!));
      expect((await find(cid!)).member).toMatchObject({ member: 'beta' });
      expect(
        await hub.worker.read('staff', ACTOR, async (tx) => (await listStaff(tx)).map(({ id }) => id)),
      ).toEqual([ann, bob]);
    });
  });

  describe('acts on staff', () => {
    beforeEach(foundStaff);

    it('are for approvers, on others, with a reason', async () => {
      expect(await staff.giveRole(act(bob!, cid!), 'vetter')).toMatchObject({ field: 'caller' });
      expect(await staff.giveRole(act(ann!, ann!), 'vetter')).toMatchObject({ code: 'NOT_ALLOWED' });
      expect(await staff.giveRole(act(ann!, 999_999), 'vetter')).toMatchObject({ code: 'NOT_FOUND' });
      for (const reason of ['', ' ', 'a\nb', 'x'.repeat(201)]) {
        const refusal = await staff.giveRole({ ...act(ann!, cid!), reason }, 'vetter');
        expect(refusal).toMatchObject({ code: 'BAD_INPUT', field: 'reason' });
      }
      must(await staff.giveRole(act(ann!, cid!), 'vetter'));
      expect(ruleOf(await staff.giveRole(act(ann!, cid!), 'vetter'))).toContain('already');
    });

    it('always leave an approver', async () => {
      must(await staff.giveRole(act(ann!, bob!), 'approver'));
      const both = await Promise.all([
        staff.disable(act(ann!, bob!)),
        staff.takeRole(act(bob!, ann!), 'approver'),
      ]);
      expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    });

    it('leave a history to which rows are only added', async () => {
      must(await staff.giveRole(act(ann!, cid!), 'vetter'));
      must(await staff.takeRole(act(ann!, cid!), 'vetter'));
      must(await staff.giveRole(act(ann!, cid!), 'vetter'));
      const rows = await hub.worker.read('history', ACTOR, (tx) =>
        tx.query(
          'SELECT given, reason, by_person AS by FROM cairn.role_change WHERE person_id = $1 ORDER BY ordinal',
          [cid],
        ),
      );
      expect(rows).toEqual([true, false, true].map((given) => ({ given, reason: 'because', by: ann })));
      for (const database of [hub.databases.api, hub.worker]) {
        for (const change of ['UPDATE cairn.role_change SET given = true', 'DELETE FROM cairn.role_change']) {
          const tampering = database.transaction('tamper', ACTOR, (tx) => tx.execute(change));
          await expect(tampering).rejects.toThrow(/permission denied/);
        }
      }
    });

    it.each([
      ['a taking of what was not given', '$1, 1, false, $2'],
      ['a giving out of turn', '$1, 3, true, $2'],
      ['a giving to oneself', '$1, 1, true, $1'],
    ])('cannot be %s, in the database neither', async (_name, values) => {
      const insert = hub.databases.api.transaction('tamper', ACTOR, (tx) =>
        tx.execute(
          `INSERT INTO cairn.role_change (person_id, role, ordinal, given, by_person, reason)
            SELECT person_id, 'operator', ordinal, given, by_person, 'x' FROM (VALUES (${values})) v (person_id, ordinal, given, by_person)
             WHERE $2::integer IS NOT NULL`
            .replaceAll('$1', String(cid))
            .replaceAll('$2', String(ann)),
        ),
      );
      await expect(insert).rejects.toThrow(/role_change_(order_ck|previous_fk|self_ck)/);
    });
  });

  it('hold what the history of any acts says, and an approver is always left', async () => {
    const RUNS = Number(process.env['PEOPLE_RUNS'] ?? 15);
    const anyAct = fc.record({
      by: fc.nat(2),
      person: fc.nat(2),
      role: fc.constantFrom(...STAFF_ROLES),
      kind: fc.constantFrom('giveRole', 'takeRole', 'disable', 'enable'),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyAct, { minLength: 5, maxLength: 30 }), async (acts) => {
        await forget();
        round += 1;
        const people = [await login(`p${round}`), await login(`q${round}`), await login(`r${round}`)];
        must(await bootstrap({ [`p${round}`]: 'approver', [`q${round}`]: 'approver' }));
        const held = people.map((_, i) => new Set<StaffRole>(i < 2 ? ['approver'] : []));
        const disabled = new Set<number>();
        const approvers = (): number[] =>
          [0, 1, 2].filter((i) => held[i]!.has('approver') && !disabled.has(i));
        for (const { by, person, role, kind } of acts) {
          const words = act(people[by]!, people[person]!);
          const done: PersonResult =
            kind === 'giveRole' || kind === 'takeRole'
              ? await staff[kind](words, role)
              : await staff[kind](words);
          if (done.ok) {
            expect(by !== person && approvers().includes(by)).toBe(true);
            if (kind === 'giveRole') held[person]!.add(role);
            if (kind === 'takeRole') held[person]!.delete(role);
            if (kind === 'disable') disabled.add(person);
            if (kind === 'enable') disabled.delete(person);
          }
          expect(approvers().length).toBeGreaterThan(0);
        }
        for (const i of [0, 1, 2]) {
          const { roles, disabled: isDisabled } = await find(people[i]!);
          expect([new Set(roles), isDisabled]).toEqual([held[i], disabled.has(i)]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
