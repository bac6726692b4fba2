import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generateSigningKey } from '#libs/keys';
import { ADMISSION, ApplicationDesk, done, profileOf } from '#test/application-desk';
import { must } from '#test/hub';
import { TestMember } from '#test/member';
import { readApplicationDocument } from './application-document.js';
import { listApplications } from './application-reader.js';
import { KeyLifecycle } from '../keys/key-lifecycle.js';
import type { ApplicationProfile } from './profile.js';

describe('the way to a decision', () => {
  let desk: ApplicationDesk;
  let north: TestMember, south: TestMember, west: TestMember;
  let vetter: number, approver: number;
  let profile: ApplicationProfile;
  let applicants = 0;

  beforeAll(async () => {
    desk = await ApplicationDesk.create();
    north = await desk.hub.admit('north', { group: 'polar' });
    south = await desk.hub.admit('south', { group: 'polar' });
    west = await desk.hub.admit('west');
    [vetter, approver] = desk.people as [number, number];
  });
  afterAll(() => desk.drop());
  beforeEach(() => {
    profile = profileOf(`applicant-${++applicants}`);
  });

  const read = (application: string) =>
    desk.hub.databases.api.read('read', `person:${desk.people[0]!}`, (tx) =>
      readApplicationDocument(tx, application),
    );
  const counted = async (application: string) => (await read(application)).countedEndorsements.length;
  async function endorse(member: TestMember, application: string, claims = {}) {
    const token = await desk.sign(member, application, profile.legalName, claims);
    return desk.endorsements.endorse(await desk.hub.idOf(member), token);
  }

  describe('when members endorse', () => {
    it('counts one of each control group, without a relationship, until it is taken back', async () => {
      const application = await desk.inReview(profile);
      done(await endorse(north, application));
      done(await endorse(south, application));
      done(await endorse(west, application, { relationship: 'supplier', note: 'They host us.' }));
      expect(await counted(application)).toBe(1);
      expect(await desk.review.confirmEndorsed(vetter, application)).toMatchObject({ field: 'endorsements' });
      const { number } = done(await endorse(west, application));
      expect(await counted(application)).toBe(2);
      done(await desk.review.confirmEndorsed(vetter, application));
      const stranger = await desk.endorsements.withdraw(await desk.memberId('north'), application, number);
      expect(stranger).toMatchObject({ code: 'NOT_FOUND' });
      done(await desk.endorsements.withdraw(await desk.memberId('west'), application, number));
      expect(
        await desk.endorsements.withdraw(await desk.memberId('west'), application, number),
      ).toMatchObject({ code: 'TAKEN' });
      expect(await counted(application)).toBe(1);
      const open = await desk.review.openObjectionWindow(vetter, application);
      expect(open).toMatchObject({ code: 'NOT_READY', field: 'endorsements' });
    });

    it('does not count members of the group that staff found the applicant to belong to', async () => {
      const application = await desk.inReview(profile);
      done(await endorse(north, application));
      done(await endorse(west, application));
      done(await desk.review.setControlGroup(vetter, application, 'polar', 'Same owner.'));
      expect(await counted(application)).toBe(1);
    });

    it('counts none about a name that the applicant has no more', async () => {
      const application = await desk.inReview(profile);
      done(await endorse(north, application));
      done(
        await desk.review.requestInformation(vetter, application, 'evidence_unclear', 'Which name is it?'),
      );
      done(await desk.applications.setProfile(application, { ...profile, legalName: 'Another Ltd' }));
      done(await desk.applications.answer(application, 'This one.'));
      expect(await counted(application)).toBe(0);
    });

    it('does not count, when it matters, whose author was suspended or whose key was revoked', async () => {
      const [gone, robbed] = [await desk.hub.admit('gone'), await desk.hub.admit('robbed')];
      const application = await desk.inWindow(profile, [gone, robbed]);
      await desk.pass(ADMISSION.objectionDays * 24);
      const proposal = { direction: 'admit', rights: [], accredited: false } as const;
      done(await desk.decisions.recommend(vetter, application, await desk.digest(application), proposal));
      const shown = await desk.digest(application);
      const kid = robbed.signing.publicKey.kid;
      must(await desk.hub.members.revokeKey('system:test', 'robbed', kid, 'compromised', null));
      await desk.hub.settle();
      const stale = await desk.decisions.decide(approver, application, shown, 'admit');
      expect(stale).toMatchObject({ code: 'CHANGED', field: 'digest' });
      const decide = async () =>
        desk.decisions.decide(approver, application, await desk.digest(application), 'admit');
      expect(await decide()).toMatchObject({ code: 'NOT_READY', field: 'endorsements' });
      must(await desk.hub.members.setStatus('system:test', 'gone', 'suspended'));
      await desk.hub.settle();
      expect(await counted(application)).toBe(0);
    });

    it('counts what was signed before its key was retired, and takes nothing signed later', async () => {
      const application = await desk.inReview(profile);
      const wise = await desk.hub.admit('wise');
      const name = { member: 'wise', key: wise.signing.publicKey.kid };
      must(await new KeyLifecycle(desk.hub.databases.api).retire(`person:${vetter}`, name));
      const iat = Math.floor(Date.now() / 1000) + 5;
      expect(await endorse(wise, application, { iat })).toMatchObject({ field: 'endorsement.iat' });
      done(await endorse(wise, application, { iat: iat - 10 }));
      expect(await counted(application)).toBe(1);
      await desk.hub.databases.admin.transaction('end-overlap', 'system:test', (tx) =>
        tx.query(`ALTER TABLE cairn.member_key DISABLE TRIGGER member_key_guard;
          UPDATE cairn.member_key SET state = 'retired', end_reason = 'retired' WHERE thumbprint = '${name.key}';
          ALTER TABLE cairn.member_key ENABLE TRIGGER member_key_guard`),
      );
      expect(await counted(application)).toBe(1);
      // The alliance of these tests is to stay smaller than five.
      must(await desk.hub.members.setStatus('system:test', 'wise', 'expelled'));
      await desk.hub.settle();
    });

    it('takes the same again as the same, and another under its identifier as an error', async () => {
      const application = await desk.inReview(profile);
      const token = await desk.sign(north, application, profile.legalName);
      const first = done(await desk.endorsements.endorse(await desk.memberId('north'), token));
      expect(await desk.endorsements.endorse(await desk.memberId('north'), token)).toEqual(first);
      const [, payload] = token.split('.');
      const { jti } = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as { jti: string };
      expect(await endorse(north, application, { jti, note: 'Again.' })).toMatchObject({ code: 'TAKEN' });
    });

    it('refuses what is not signed by, for and about the right one', async () => {
      const application = await desk.inReview(profile);
      const field = async (work: Promise<object>) => (await work) as { field?: string };
      expect(await field(endorse(north, application, { iss: 'west' }))).toMatchObject({
        field: 'endorsement.iss',
      });
      expect(await field(endorse(north, application, { aud: 'other.test' }))).toMatchObject({
        field: 'endorsement.aud',
      });
      expect(await field(endorse(north, application, { iat: 1 }))).toMatchObject({
        field: 'endorsement.iat',
      });
      const named = await desk.sign(north, application, 'Somebody else');
      expect(await field(desk.endorsements.endorse(await desk.memberId('north'), named))).toMatchObject({
        field: 'endorsement.applicant.legalName',
      });
      const thief = new TestMember('north', desk.hub.origin, generateSigningKey());
      expect(await field(endorse(thief, application))).toMatchObject({ field: 'endorsement.header' });
      const foreign = await desk.sign(west, application, profile.legalName, { iss: 'north' });
      expect(await field(desk.endorsements.endorse(await desk.memberId('north'), foreign))).toMatchObject({
        field: 'endorsement.header',
      });
      expect(await field(desk.endorsements.endorse(await desk.memberId('north'), 'no token'))).toMatchObject({
        field: 'endorsement.token',
      });
    });
  });

  describe('when somebody objects', () => {
    const left = async (application: string) => {
      const all = await desk.hub.databases.api.read('list', `person:${desk.people[0]!}`, (tx) =>
        listApplications(tx, ['objection_window'], { first: 100 }),
      );
      return Math.round(all.find((one) => one.application === application)!.windowLeft! / 3_600_000);
    };

    it('stops the clock until all are answered, and resumes with what was left', async () => {
      const application = await desk.inWindow(profile, [north, west]);
      await desk.pass(10);
      expect(await left(application)).toBe(38);
      const facts = { code: 'conduct', note: 'We have doubts.' } as const;
      const first = done(
        await desk.objections.raise({ member: await desk.memberId('north') }, application, facts),
      );
      await desk.pass(5);
      const second = done(await desk.objections.raise({ person: approver }, application, facts));
      await desk.pass(100);
      const answer = { outcome: 'dismissed', answer: 'Looked into.' } as const;
      done(await desk.objections.answer(vetter, application, first.number, answer));
      await desk.pass(100);
      expect(await left(application)).toBe(38);
      done(await desk.objections.answer(vetter, application, second.number, answer));
      expect(await desk.objections.answer(vetter, application, second.number, answer)).toMatchObject({
        code: 'TAKEN',
      });
      await desk.pass(37);
      expect(await left(application)).toBe(1);
      await desk.pass(50);
      expect(await left(application)).toBe(0);
    });

    it('admits nobody over an objection that is not answered', async () => {
      const application = await desk.inWindow(profile, [north, west]);
      await desk.pass(ADMISSION.objectionDays * 24);
      const facts = { code: 'control', note: 'Who owns it?' } as const;
      done(await desk.objections.raise({ member: await desk.memberId('west') }, application, facts));
      const proposal = { direction: 'admit', rights: [], accredited: false } as const;
      done(await desk.decisions.recommend(vetter, application, await desk.digest(application), proposal));
      const digest = await desk.digest(application);
      expect(await desk.decisions.decide(approver, application, digest, 'admit')).toMatchObject({
        field: 'objections',
      });
    });

    it('hears no stranger, and nobody outside the window', async () => {
      const facts = { code: 'conduct', note: 'No.' } as const;
      const application = await desk.inReview(profile);
      expect(await desk.objections.raise({ person: vetter }, application, facts)).toMatchObject({
        code: 'ILLEGAL_MOVE',
      });
      expect(
        await desk.objections.raise({ member: await desk.memberId('nobody') }, application, facts),
      ).toMatchObject({
        code: 'NOT_ALLOWED',
      });
    });
  });

  describe('when staff check', () => {
    it('asks again for what was checked before the applicant changed it, and for nothing else', async () => {
      const application = await desk.inReview(profile);
      await desk.passChecks(application);
      expect((await read(application)).missingChecks).toEqual([]);
      done(await desk.review.requestInformation(vetter, application, 'domain_unproven', 'Whose is it?'));
      done(await desk.applications.setProfile(application, { ...profile, domain: 'other.example.org' }));
      done(await desk.applications.answer(application, null));
      expect((await read(application)).missingChecks).toEqual(['domain_control', 'independence']);
    });

    it('lets the latest outcome count, a machine only where it can judge, and nothing be left out that applies', async () => {
      const application = await desk.inReview(profile);
      await desk.passChecks(application);
      const check = (
        by: { person: number } | { system: string },
        code: string,
        outcome: 'pass' | 'fail' | 'not_applicable',
      ) => ('system' in by ? desk.machine : desk).review.recordCheck(by, application, { code, outcome });
      done(await check({ system: 'worker' }, 'domain_control', 'fail'));
      expect((await read(application)).missingChecks).toEqual(['domain_control']);
      done(await check({ person: vetter }, 'domain_control', 'pass'));
      expect(await check({ system: 'worker' }, 'legal_entity', 'pass')).toMatchObject({
        code: 'NOT_ALLOWED',
      });
      expect(await check({ person: vetter }, 'legal_entity', 'not_applicable')).toMatchObject({
        field: 'outcome',
      });
      expect(await check({ person: vetter }, 'horoscope', 'pass')).toMatchObject({ field: 'code' });
      done(await check({ person: vetter }, 'appeal_process', 'not_applicable'));
      expect((await read(application)).missingChecks).toEqual([]);
    });

    it('recommends nobody to be admitted while a required check is missing', async () => {
      const application = await desk.inWindow(profile, [north, west]);
      done(
        await desk.review.recordCheck({ person: vetter }, application, {
          code: 'data_protection',
          outcome: 'fail',
        }),
      );
      const proposal = { direction: 'admit', rights: [], accredited: false } as const;
      const result = await desk.decisions.recommend(
        vetter,
        application,
        await desk.digest(application),
        proposal,
      );
      expect(result).toMatchObject({ code: 'NOT_READY', field: 'checks' });
    });
  });

  describe('when two persons decide', () => {
    const admit = { direction: 'admit', rights: [], accredited: false } as const;

    it('refuses the one who recommended, another digest, and whatever changed since', async () => {
      const application = await desk.inWindow(profile, [north, west]);
      await desk.pass(ADMISSION.objectionDays * 24);
      const wrong = await desk.decisions.recommend(vetter, application, '0'.repeat(64), admit);
      expect(wrong).toMatchObject({ code: 'CHANGED' });
      done(await desk.decisions.recommend(vetter, application, await desk.digest(application), admit));
      const shown = await desk.digest(application);
      expect(await desk.decisions.decide(vetter, application, shown, 'admit')).toMatchObject({
        code: 'SAME_PERSON',
      });
      expect(await desk.decisions.decide(approver, application, shown, 'reject')).toMatchObject({
        field: 'direction',
      });
      done(
        await desk.review.recordCheck({ person: vetter }, application, {
          code: 'human_rights',
          outcome: 'pass',
        }),
      );
      expect(await desk.decisions.decide(approver, application, shown, 'admit')).toMatchObject({
        code: 'CHANGED',
      });
      const fresh = await desk.decisions.decide(
        approver,
        application,
        await desk.digest(application),
        'admit',
      );
      expect(fresh).toMatchObject({ code: 'NOT_READY', field: 'recommendation' });
    });

    it('lets one of two decisions at a time through', async () => {
      const application = await desk.inWindow(profile, [north, west]);
      await desk.pass(ADMISSION.objectionDays * 24);
      done(await desk.decisions.recommend(vetter, application, await desk.digest(application), admit));
      const shown = await desk.digest(application);
      const deciders = [approver, desk.people[2]!, desk.people[3]!];
      const results = await Promise.all(
        deciders.map((person) => desk.decisions.decide(person, application, shown, 'admit')),
      );
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    });

    it('rejects with reasons of the list, and only then', async () => {
      const application = await desk.inReview(profile);
      const recommend = async (reasons: string[]) =>
        desk.decisions.recommend(vetter, application, await desk.digest(application), {
          direction: 'reject',
          reasons: reasons as 'no_answer'[],
        });
      expect(await recommend([])).toMatchObject({ code: 'BAD_INPUT', field: 'reasons' });
      expect(await recommend(['poisoning'])).toMatchObject({ code: 'BAD_INPUT', field: 'reasons' });
      done(await recommend(['policy_missing', 'appeals_missing']));
      done(await desk.decisions.decide(approver, application, await desk.digest(application), 'reject'));
      const { state, moves } = await read(application);
      expect([state, moves.at(-1)]).toMatchObject([
        'rejected',
        { reason: 'policy_missing', person: approver },
      ]);
      expect(await desk.applications.withdraw(application, 'other')).toMatchObject({ code: 'ILLEGAL_MOVE' });
    });

    it('gives an academic body rights only if the policy says so, and a channel only if there is one', async () => {
      profile = { ...profile, kind: 'academic' };
      const application = await desk.inWindow(profile, [north, west]);
      const propose = async (channel: string) =>
        desk.decisions.recommend(vetter, application, await desk.digest(application), {
          direction: 'admit',
          rights: [{ channel, submit: false, receive: true }],
          accredited: false,
        });
      expect(await propose('spam')).toMatchObject({ code: 'NOT_ALLOWED', field: 'rights' });
      expect(await propose('nowhere')).toMatchObject({ code: 'NOT_FOUND', field: 'rights' });
      await desk.setPolicy({ academicRights: true });
      done(await propose('spam'));
      await desk.setPolicy();
    });
  });
});
