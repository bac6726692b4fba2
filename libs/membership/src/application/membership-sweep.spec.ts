import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMISSION, ApplicationDesk, done, profileOf } from '#test/application-desk';
import type { TestMember } from '#test/member';
import { sweepMemberships } from './membership-sweep.js';

describe('the sweep of memberships', () => {
  let desk: ApplicationDesk;
  let endorsers: TestMember[];
  beforeAll(async () => {
    desk = await ApplicationDesk.create();
    endorsers = [await desk.hub.admit('north'), await desk.hub.admit('west')];
  });
  afterAll(() => desk.drop());

  const sweep = () => sweepMemberships(desk.hub.worker);

  /** Three processes at once; what each moved, summed. */
  async function sweepTogether() {
    const all = await Promise.all([sweep(), sweep(), sweep()]);
    const sum = (key: 'active' | 'asked') => all.reduce((count, one) => count + one[key], 0);
    return { active: sum('active'), asked: sum('asked') };
  }

  async function onProbation(handle: string): Promise<string> {
    const application = await desk.decided(profileOf(handle), endorsers);
    done(await desk.path.admit(desk.people[1]!, application));
    await desk.giveKeys(application);
    done(await desk.machine.path.beginConformance({ system: 'worker' }, application));
    await desk.passConformance(application);
    done(await desk.machine.path.beginProbation({ system: 'worker' }, application));
    return application;
  }

  async function states(...applications: string[]): Promise<string[]> {
    const rows = await desk.hub.worker.read('states', 'system:test', (tx) =>
      tx.query<{ id: string; state: string }>('SELECT id, state FROM cairn.application WHERE id = ANY ($1)', [
        applications,
      ]),
    );
    return applications.map((id) => rows.find((row) => row.id === id)!.state);
  }

  it('ends a probation once when its time has passed, not before, and none that was stopped', async () => {
    const [tried, stopped] = [await onProbation('tried'), await onProbation('stopped')];
    expect(await sweep()).toEqual({ active: 0, asked: 0 });
    done(await desk.path.suspend(desk.people[0]!, stopped, 'security_incident'));
    await desk.pass(ADMISSION.probationDays * 24);
    expect(await sweepTogether()).toEqual({ active: 1, asked: 0 });
    expect(await states(tried, stopped)).toEqual(['active', 'suspended']);
    const asked = await desk.hub.worker.read('asked', 'system:test', (tx) =>
      tx.query<{ status: string }>(
        `SELECT body ->> 'status' AS status FROM cairn.pending_statement
          WHERE body ->> 'kind' = 'member_status' AND body ->> 'member' = 'tried' ORDER BY id`,
      ),
    );
    expect(asked.map(({ status }) => status)).toEqual(['probation', 'active']);
    expect(await sweep()).toEqual({ active: 0, asked: 0 });
  });

  it('asks for an attestation once a year, and when an agreement is overdue', async () => {
    const yearly = await desk.active(profileOf('yearly'), endorsers);
    await sweep();
    await desk.pass(ADMISSION.attestationDays * 24);
    const agreed = await desk.active(profileOf('agreed'), endorsers);
    expect((await sweepTogether()).asked).toBeGreaterThan(0);
    expect(await states(yearly, agreed)).toEqual(['re_attestation_due', 'active']);
    expect(await sweep()).toEqual({ active: 0, asked: 0 });
    await desk.publishAgreement('Another.', new Date((await desk.now()) + 86_400_000));
    expect(await sweep()).toEqual({ active: 0, asked: 0 });
    await desk.pass(25);
    expect(await sweepTogether()).toEqual({ active: 0, asked: 1 });
    expect(await states(agreed)).toEqual(['re_attestation_due']);
  });
});
