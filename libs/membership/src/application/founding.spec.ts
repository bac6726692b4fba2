import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ADMISSION, ApplicationDesk, done, profileOf } from '#test/application-desk';
import { must } from '#test/hub';
import type { TestMember } from '#test/member';
import { readApplicationDocument } from './application-document.js';
import type { ApplicationProfile } from './profile.js';

let desk: ApplicationDesk;
let north: TestMember, west: TestMember;
let vetter: number, approver: number;
let profile: ApplicationProfile;
let applicants = 0;

beforeAll(async () => {
  desk = await ApplicationDesk.create();
  [north, west] = [await desk.hub.admit('north'), await desk.hub.admit('west')];
  await desk.hub.admit('south');
  [vetter, approver] = desk.people as [number, number];
});
afterAll(() => desk.drop());
beforeEach(() => {
  profile = profileOf(`founder-to-be-${++applicants}`);
});

const read = (application: string) =>
  desk.hub.databases.api.read('read', `person:${vetter}`, (tx) => readApplicationDocument(tx, application));

describe('the founding of an alliance', () => {
  afterAll(async () => {
    await desk.setPolicy();
  });

  it('lets nobody in by a policy that is not logged yet', async () => {
    const application = await desk.inReview(profile);
    done(await desk.policies.set(vetter, { ...ADMISSION, foundingMembers: 5 }));
    expect((await read(application)).founding).toBe(false);
    expect(await desk.review.confirmEndorsed(vetter, application)).toMatchObject({ field: 'endorsements' });
    await desk.hub.settle();
    expect((await read(application)).founding).toBe(true);
    done(await desk.review.confirmEndorsed(vetter, application));
    await desk.setPolicy();
    expect((await read(application)).founding).toBe(false);
  });

  it('lets staff go on without endorsements until there are five members', async () => {
    const application = await desk.inReview(profile);
    await desk.setPolicy({ foundingMembers: 5 });
    const full = async () =>
      (
        await desk.hub.worker.read('full', 'system:test', (tx) =>
          tx.query('SELECT 1 FROM cairn.full_members()'),
        )
      ).length;
    for (let i = 0; (await full()) < 5; i++) await desk.hub.admit(`founder-${i}`);
    expect(await desk.review.confirmEndorsed(vetter, application)).toMatchObject({ field: 'endorsements' });
    must(await desk.hub.members.setStatus('system:test', 'south', 'suspended'));
    await desk.hub.settle();
    done(await desk.review.confirmEndorsed(vetter, application));
    must(await desk.hub.members.setStatus('system:test', 'south', 'active'));
    await desk.hub.settle();
    const open = await desk.review.openObjectionWindow(vetter, application);
    expect(open).toMatchObject({ code: 'NOT_READY', field: 'endorsements' });
  });

  it('knows a window of no days for founders alone', async () => {
    const open = (application: string) => desk.review.openObjectionWindow(vetter, application);
    const unfounded = { ...ADMISSION, objectionDays: 0 };
    expect(await desk.policies.set(vetter, unfounded)).toMatchObject({ field: 'policy.objectionDays' });
    await desk.setPolicy({ objectionDays: 0, foundingMembers: 5 });
    const late = await desk.inReview(profile);
    for (const member of [north, west]) {
      const token = await desk.sign(member, late, profile.legalName);
      done(await desk.endorsements.endorse(await desk.hub.idOf(member), token));
    }
    done(await desk.review.confirmEndorsed(vetter, late));
    expect(await open(late)).toMatchObject({ code: 'NOT_READY', field: 'policy.objectionDays' });
    must(await desk.hub.members.setStatus('system:test', 'south', 'suspended'));
    await desk.hub.settle();
    const application = await desk.inReview(profile);
    await desk.passChecks(application);
    done(await desk.review.confirmEndorsed(vetter, application));
    done(await open(application));
    const proposal = { direction: 'admit', rights: [], accredited: false } as const;
    done(await desk.decisions.recommend(vetter, application, await desk.digest(application), proposal));
    const digest = await desk.digest(application);
    done(await desk.decisions.decide(approver, application, digest, 'admit'));
    must(await desk.hub.members.setStatus('system:test', 'south', 'active'));
    await desk.hub.settle();
  });
});
