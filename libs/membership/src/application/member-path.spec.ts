import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SANDBOX, type StatementBody } from '#libs/protocol';
import { ADMISSION, ApplicationDesk, done, profileOf, SIGNATORY } from '#test/application-desk';
import type { TestMember } from '#test/member';
import { ensureSandbox } from '../conformance/sandbox.js';
import { findStanding } from '../member-directory.js';
import { readApplicationDocument } from './application-document.js';
import { ATTESTATION_TOPICS, type AttestationAnswers } from './attestations.js';

const WORKER = { system: 'worker' };
const ANSWERS = Object.fromEntries(
  ATTESTATION_TOPICS.map((topic) => [topic, { changed: false, what: null }]),
) as AttestationAnswers;

describe('an application that was decided for', () => {
  let desk: ApplicationDesk;
  let endorsers: TestMember[];
  let vetter: number, approver: number;
  beforeAll(async () => {
    desk = await ApplicationDesk.create();
    await desk.hub.databases.admin.transaction('sandbox', 'system:test', ensureSandbox);
    endorsers = [await desk.hub.admit('north'), await desk.hub.admit('west')];
    [vetter, approver] = desk.people as [number, number];
  });
  afterAll(() => desk.drop());

  async function asked(member: string): Promise<StatementBody[]> {
    const rows = await desk.hub.worker.read('asked', 'system:test', (tx) =>
      tx.query<{ body: StatementBody }>(
        `SELECT body FROM cairn.pending_statement WHERE body ->> 'member' = $1 ORDER BY id`,
        [member],
      ),
    );
    return rows.map(({ body }) => body);
  }
  const state = async (application: string) =>
    (await desk.hub.worker.read('read', 'system:api', (tx) => readApplicationDocument(tx, application)))
      .state;

  it('becomes a member with its move, and is given its rights with probation', async () => {
    const application = await desk.decided(profileOf('shop'), endorsers);
    expect(await asked('shop')).toEqual([]);
    done(await desk.path.admit(approver, application));
    expect(await desk.path.admit(approver, application)).toMatchObject({ code: 'ILLEGAL_MOVE' });
    expect(await desk.machine.path.beginConformance(WORKER, application)).toMatchObject({
      code: 'NOT_READY',
      field: 'keys',
    });
    await desk.giveKeys(application);
    done(await desk.machine.path.beginConformance(WORKER, application));
    await desk.passConformance(application);
    done(await desk.machine.path.beginProbation(WORKER, application));
    expect((await asked('shop')).map(({ kind }) => kind)).toEqual([
      'member',
      'right',
      'agreement',
      'member_status',
      'right',
    ]);
    expect((await asked('shop'))[1]).toMatchObject({ channel: SANDBOX, submit: true, receive: true });
    expect((await asked('shop'))[4]).toMatchObject({ channel: 'spam', submit: true, receive: true });
    expect(await desk.machine.path.endProbation(WORKER, application)).toMatchObject({
      code: 'NOT_READY',
      field: 'probation',
    });
    await desk.pass(ADMISSION.probationDays * 24);
    done(await desk.machine.path.endProbation(WORKER, application));
    expect(await state(application)).toBe('active');
  });

  it('is given nothing but the sandbox without a pass that the policy in force still counts', async () => {
    const application = await desk.decided(profileOf('late'), endorsers);
    done(await desk.path.admit(approver, application));
    await desk.giveKeys(application);
    const early = await desk.path.beginProbation({ person: approver }, application);
    expect(early).toMatchObject({ code: 'ILLEGAL_MOVE' });
    done(await desk.machine.path.beginConformance(WORKER, application));
    const missing = { ok: false, code: 'NOT_READY', field: 'conformance' };
    for (const by of [WORKER, { person: approver }]) {
      const path = 'person' in by ? desk.path : desk.machine.path;
      expect(await path.beginProbation(by, application)).toMatchObject(missing);
    }
    await desk.passConformance(application, ADMISSION.conformanceDays + 1);
    expect(await desk.path.beginProbation({ person: approver }, application)).toMatchObject(missing);
    expect(await state(application)).toBe('conformance');
    expect((await asked('late')).map(({ kind }) => kind)).toEqual(['member', 'right', 'agreement']);
    const report = await desk.passConformance(application, ADMISSION.conformanceDays - 1);
    done(await desk.path.beginProbation({ person: approver }, application));
    const [move] = await desk.hub.worker.read('evidence', 'system:test', (tx) =>
      tx.query(
        `SELECT encode(evidence, 'hex') AS evidence FROM cairn.application_move
          WHERE application_id = $1 AND to_state = 'probation'`,
        [application],
      ),
    );
    expect(move).toEqual({ evidence: report });
  });

  it('stays where it is when its name was taken meanwhile', async () => {
    const application = await desk.decided(profileOf('taken'), endorsers);
    await desk.hub.admit('taken');
    expect(await desk.path.admit(approver, application)).toMatchObject({
      ok: false,
      code: 'TAKEN',
      field: 'member',
    });
    expect(await state(application)).toBe('decided');
  });

  it('does not count as an endorser before it is active', async () => {
    const application = await desk.decided(profileOf('young'), endorsers);
    done(await desk.path.admit(approver, application));
    await desk.hub.settle();
    const facts = { code: 'conduct', note: 'No.' } as const;
    const other = await desk.inWindow(profileOf('other'), endorsers);
    expect(await desk.objections.raise({ member: await desk.memberId('young') }, other, facts)).toMatchObject(
      {
        code: 'NOT_ALLOWED',
      },
    );
  });

  it('leads an observer past conformance, and nobody else', async () => {
    const ministry = profileOf('ministry', { kind: 'government', channels: [] });
    const observer = await desk.decided(ministry, endorsers);
    done(await desk.path.admit(approver, observer));
    expect(await desk.machine.path.beginConformance(WORKER, observer)).toMatchObject({ code: 'NOT_ALLOWED' });
    done(await desk.path.activateObserver(approver, observer));
    const platform = await desk.decided(profileOf('platform'), endorsers);
    done(await desk.path.admit(approver, platform));
    expect(await desk.path.activateObserver(approver, platform)).toMatchObject({ code: 'NOT_ALLOWED' });
    await desk.hub.settle();
    const right = { submit: false, receive: true };
    expect(await desk.hub.channels.setRight('system:test', 'ministry', 'spam', right)).toMatchObject({
      ok: false,
    });
  });

  it('is suspended, brought back to where it was and expelled, and its member’s status is stated each time', async () => {
    const application = await desk.active(profileOf('stopped'), endorsers);
    await desk.hub.settle();
    done(await desk.path.suspend(vetter, application, 'security_incident'));
    expect(await desk.path.suspend(vetter, application, 'security_incident')).toMatchObject({
      code: 'ILLEGAL_MOVE',
    });
    done(await desk.path.reinstate(vetter, application));
    expect(await state(application)).toBe('active');
    done(await desk.path.expel(vetter, application, 'poisoning'));
    expect(await desk.path.reinstate(vetter, application)).toMatchObject({ code: 'ILLEGAL_MOVE' });
    const statuses = (await asked('stopped')).flatMap((body) =>
      body.kind === 'member_status' ? [body.status] : [],
    );
    expect(statuses).toEqual(['probation', 'active', 'suspended', 'active', 'expelled']);
    const wrong = await desk.path.expel(
      vetter,
      await desk.active(profileOf('kept'), endorsers),
      'yearly' as 'poisoning',
    );
    expect(wrong).toMatchObject({ code: 'BAD_INPUT', field: 'reason' });
  });

  it('is on probation in the log, too, and back on it after a suspension', async () => {
    const application = await desk.decided(profileOf('tried'), endorsers);
    done(await desk.path.admit(approver, application));
    await desk.giveKeys(application);
    done(await desk.machine.path.beginConformance(WORKER, application));
    await desk.passConformance(application);
    done(await desk.path.beginProbation({ person: approver }, application));
    done(await desk.path.suspend(vetter, application, 'security_incident'));
    done(await desk.path.reinstate(vetter, application));
    const statuses = (await asked('tried')).flatMap((body) =>
      body.kind === 'member_status' ? [body.status] : [],
    );
    expect(statuses).toEqual(['probation', 'suspended', 'probation']);
  });

  it('says which agreement its member accepted, anew when there is another', async () => {
    const application = await desk.active(profileOf('signed'), endorsers);
    const first = desk.agreement;
    await desk.publishAgreement('Another agreement.');
    done(await desk.accept(application));
    const said = (await asked('signed')).filter(({ kind }) => kind === 'agreement');
    expect(said).toMatchObject([first, desk.agreement].map(({ version, digest }) => ({ version, digest })));
    await desk.hub.settle();
  });

  it('is expelled with what it said from an index on, and not beyond the log', async () => {
    const application = await desk.active(profileOf('recalled'), endorsers);
    await desk.hub.settle();
    const beyond = await desk.path.expel(vetter, application, 'poisoning', null, 1_000_000);
    expect(beyond).toMatchObject({ code: 'BAD_INPUT', field: 'from' });
    expect(await state(application)).toBe('active');
    done(await desk.path.expel(vetter, application, 'poisoning', null, 1));
    expect((await asked('recalled')).slice(-2)).toMatchObject([
      { kind: 'member_status', status: 'expelled' },
      { kind: 'recall', from: 1 },
    ]);
    await desk.hub.settle();
  });

  it('can send nothing from the moment of its suspension, and again when its end has been logged', async () => {
    const application = await desk.active(profileOf('halted'), endorsers);
    await desk.hub.settle();
    const standing = async () =>
      (await desk.hub.databases.api.read('standing', 'system:api', (tx) => findStanding(tx, 'halted')))
        ?.status;
    expect(await standing()).toBe('active');
    done(await desk.path.suspend(vetter, application, 'security_incident'));
    expect(await standing()).toBe('suspended');
    await desk.hub.settle();
    done(await desk.path.reinstate(vetter, application));
    expect(await standing()).toBe('suspended');
    await desk.hub.settle();
    expect(await standing()).toBe('active');
  });

  describe('when a year has passed', () => {
    it('is asked what changed, and active again once staff accept the answer', async () => {
      const application = await desk.active(profileOf('yearly'), endorsers);
      const due = async () =>
        (await desk.machine.attestations.due()).find((one) => one.application === application);
      expect(await due()).toBeUndefined();
      expect(await desk.machine.attestations.ask(WORKER, application, 'yearly')).toMatchObject({
        field: 'attestation',
      });
      await desk.pass(ADMISSION.attestationDays * 24);
      expect(await due()).toMatchObject({ reason: 'yearly' });
      done(await desk.machine.attestations.ask(WORKER, application, 'yearly'));
      const by = { applicant: application };
      const file = (answers: object) =>
        desk.attestations.file(by, application, {
          answers: answers as AttestationAnswers,
          signatory: SIGNATORY,
        });
      const silent = { ...ANSWERS, ownership: { changed: true, what: null } };
      expect(await file(silent)).toMatchObject({ code: 'BAD_INPUT', field: 'answers.ownership' });
      const { domain: _left, ...rest } = ANSWERS;
      expect(await file(rest)).toMatchObject({ code: 'BAD_INPUT', field: 'answers.domain' });
      const first = done(await file(ANSWERS));
      done(await desk.attestations.review(vetter, application, first.number, { outcome: 'incomplete' }));
      expect(await state(application)).toBe('re_attestation_due');
      const second = done(await file({ ...ANSWERS, ownership: { changed: true, what: 'Sold.' } }));
      done(await desk.attestations.review(vetter, application, second.number, { outcome: 'accepted' }));
      expect(await state(application)).toBe('active');
      expect(await due()).toBeUndefined();
    });
  });

  describe('when the agreement changes', () => {
    it('is asked anew after the deadline, and not active again before it accepts', async () => {
      const application = await desk.active(profileOf('agreed'), endorsers);
      const applicant = await desk.inReview(profileOf('waiting'));
      const old = desk.agreement;
      await desk.publishAgreement('The new agreement.', new Date((await desk.now()) + 30 * 86_400_000));
      const stale = await desk.agreements.accept({ applicant }, applicant, {
        version: desk.agreement.version,
        digest: old.digest,
        signatory: SIGNATORY,
      });
      expect(stale).toMatchObject({ code: 'BAD_INPUT', field: 'agreement' });
      expect(await desk.review.confirmEndorsed(vetter, applicant)).toMatchObject({ field: 'agreement' });
      await desk.pass(24);
      expect((await desk.machine.attestations.due()).map((one) => one.application)).not.toContain(
        application,
      );
      await desk.pass(24 * 60);
      expect(await desk.machine.attestations.due()).toContainEqual({
        application,
        reason: 'agreement_changed',
      });
      done(await desk.machine.attestations.ask(WORKER, application, 'agreement_changed'));
      const { number } = done(
        await desk.attestations.file({ applicant: application }, application, {
          answers: ANSWERS,
          signatory: SIGNATORY,
        }),
      );
      const review = () => desk.attestations.review(vetter, application, number, { outcome: 'accepted' });
      expect(await review()).toMatchObject({ code: 'NOT_READY', field: 'agreement' });
      done(await desk.accept(application));
      expect(await desk.accept(application)).toMatchObject({ code: 'TAKEN' });
      done(await review());
    });

    it('refuses a text that is a version already, and a deadline that has passed', async () => {
      const publish = (text: string, acceptBy: Date) =>
        desk.agreements.publish(vetter, { title: 'Agreement', text, acceptBy });
      const later = new Date(Date.now() + 1e9);
      expect(await publish('The agreement.', later)).toMatchObject({ code: 'TAKEN', field: 'text' });
      expect(await publish('Another.', new Date(0))).toMatchObject({ code: 'BAD_INPUT', field: 'acceptBy' });
    });
  });
});
