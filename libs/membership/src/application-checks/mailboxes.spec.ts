import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hash } from 'node:crypto';
import { ApplicationDesk, done, profileOf } from '#test/application-desk';
import type { ApplicationProfile } from '../application/profile.js';
import { ApplicationChecker } from './application-checker.js';
import { CheckRequests, machineChecks } from './check-requests.js';
import { CheckTasks } from './check-tasks.js';
import { checkContactMailboxes } from './contact-mailboxes.js';
import { findRelated } from './independence.js';
import { listOutbox, MAILBOX_LINK_DAYS, MailboxLinks, type OutboxMessage } from './mailbox-links.js';

let desk: ApplicationDesk;
let links: MailboxLinks;
let profile: ApplicationProfile;
let vetter: number;
let applicants = 0;
const failures: unknown[] = [];

beforeAll(async () => {
  desk = await ApplicationDesk.create();
  links = new MailboxLinks(desk.hub.databases.api);
  vetter = desk.people[0]!;
});
afterAll(() => desk?.drop());
beforeEach(() => {
  const handle = `applicant-${++applicants}`;
  const mail = `trust@${handle}.example.org`;
  const contacts = {
    application: mail,
    abuse: `abuse@${handle}.example.org`,
    security: mail,
    dataProtection: mail,
  };
  profile = profileOf(handle, { contacts });
});

async function run(): Promise<void> {
  const checker = new ApplicationChecker(desk.hub.worker, {
    publicUrl: 'https://hub.test',
    allowLoopback: false,
    resolve: () => Promise.resolve([]),
    onFailure: (_task, error) => failures.push(error),
  });
  while (await checker.run());
  expect(failures).toEqual([]);
}

async function applied(of = profile): Promise<string> {
  const application = await desk.inReview(of);
  await run();
  return application;
}

const outbox = (application: string): Promise<OutboxMessage[]> =>
  desk.hub.databases.api.read('read', `person:${vetter}`, (tx) => listOutbox(tx, application, { first: 10 }));
const tokenOf = ({ body }: OutboxMessage): string => /\/confirm-mailbox#([\w-]{43})$/m.exec(body!)![1]!;
const recorded = (application: string, code: string) =>
  desk.hub.worker.read('read', 'system:test', (tx) =>
    tx.query<{ outcome: string; evidence: string; note: string | null }>(
      'SELECT outcome, evidence, note FROM cairn.application_check WHERE application_id = $1 AND code = $2 ORDER BY number',
      [application, code],
    ),
  );
const standing = async (application: string) => {
  const all = await desk.hub.databases.api.read('read', `applicant:${application}`, (tx) =>
    machineChecks(tx, application),
  );
  return all.find(({ code }) => code === 'contact_mailboxes');
};

describe('confirmation of contact mailboxes', () => {
  describe('when an application was handed in', () => {
    it('leaves one message for each address in the outbox, and keeps only the digest of its token', async () => {
      const application = await applied();
      const messages = await outbox(application);
      expect(messages.map(({ recipient }) => recipient).sort()).toEqual(
        [profile.contacts.abuse, profile.contacts.application].sort(),
      );
      expect(JSON.stringify(messages)).not.toContain(profile.legalName);
      const stored = await desk.hub.worker.read('read', 'system:test', (tx) =>
        tx.query<{ digest: string }>(
          `SELECT encode(digest, 'hex') AS digest FROM cairn.mailbox_link WHERE application_id = $1`,
          [application],
        ),
      );
      expect(stored.map(({ digest }) => digest).sort()).toEqual(
        messages.map((message) => hash('sha256', tokenOf(message), 'hex')).sort(),
      );
      await run();
      expect(await outbox(application)).toHaveLength(2);
    });
  });

  describe('when the links are followed', () => {
    it('passes after the last, and takes the messages away', async () => {
      const application = await applied();
      const [first, second] = await outbox(application);
      done(await links.confirm(tokenOf(first!)));
      await run();
      expect(await recorded(application, 'contact_mailboxes')).toEqual([]);
      expect(await outbox(application)).toHaveLength(1);
      done(await links.confirm(tokenOf(second!)));
      await run();
      const [check, ...others] = await recorded(application, 'contact_mailboxes');
      expect(others).toEqual([]);
      expect(check!.outcome).toBe('pass');
      expect(JSON.parse(check!.evidence)).toMatchObject({
        confirmed: ['abuse', 'application', 'dataProtection', 'security'],
        unconfirmed: [],
      });
      expect(check!.evidence).not.toContain('@');
      expect(await outbox(application)).toEqual([]);
    });

    it('confirms once, also for many at a time, and says the same to all who ask; any other token is refused alike', async () => {
      const application = await applied();
      const token = tokenOf((await outbox(application))[0]!);
      const answers = await Promise.all(Array.from({ length: 8 }, () => links.confirm(token)));
      expect(answers.every(({ ok }) => ok)).toBe(true);
      const used = () =>
        desk.hub.worker.read('read', 'system:test', (tx) =>
          tx.query<{ at: Date }>('SELECT used_at AS at FROM cairn.mailbox_link WHERE digest = $1', [
            hash('sha256', token, 'buffer'),
          ]),
        );
      const [before] = await used();
      done(await links.confirm(token));
      expect(await used()).toEqual([before]);
      const refusal = { ok: false, code: 'NOT_FOUND', field: 'token', rule: 'is no open link' };
      for (const other of ['x'.repeat(43), '', `${token}x`]) {
        expect(await links.confirm(other)).toEqual(refusal);
      }
      await desk.pass(MAILBOX_LINK_DAYS * 24);
      expect(await links.confirm(token)).toEqual(refusal);
    });

    it('asks again only for the address that changed', async () => {
      const application = await applied();
      for (const message of await outbox(application)) done(await links.confirm(tokenOf(message)));
      await run();
      done(await desk.review.requestInformation(vetter, application, 'contact_unreachable', 'Who is it?'));
      const contacts = { ...profile.contacts, security: `security@${profile.handle}.example.org` };
      done(await desk.applications.setProfile(application, { ...profile, contacts }));
      done(await desk.applications.answer(application, 'Her.'));
      await run();
      const messages = await outbox(application);
      expect(messages.map(({ recipient }) => recipient)).toEqual([contacts.security]);
      done(await links.confirm(tokenOf(messages[0]!)));
      await run();
      expect((await recorded(application, 'contact_mailboxes')).map(({ outcome }) => outcome)).toEqual([
        'pass',
        'pass',
      ]);
    });
  });

  describe('when a link has run out', () => {
    it('takes it no more, sends a second, and fails after that; staff can have it begin anew', async () => {
      const application = await applied();
      const [old] = await outbox(application);
      await desk.pass(MAILBOX_LINK_DAYS * 24);
      expect(await links.confirm(tokenOf(old!))).toMatchObject({ code: 'NOT_FOUND' });
      await run();
      const second = await outbox(application);
      expect(second.map(tokenOf)).not.toContain(tokenOf(old!));
      expect(second).toHaveLength(2);
      expect(await standing(application)).toMatchObject({
        problem: expect.stringContaining('must be confirmed'),
      });
      await desk.pass(MAILBOX_LINK_DAYS * 24);
      await run();
      expect(await recorded(application, 'contact_mailboxes')).toMatchObject([{ outcome: 'fail' }]);
      expect(await outbox(application)).toEqual([]);
      done(await new CheckRequests(desk.hub.databases.api).again(vetter, application, 'contact_mailboxes'));
      await run();
      for (const message of await outbox(application)) done(await links.confirm(tokenOf(message)));
      await run();
      expect(await recorded(application, 'contact_mailboxes')).toMatchObject([
        { outcome: 'fail' },
        { outcome: 'pass' },
      ]);
    });
  });

  describe('when several workers run', () => {
    it('sends one message to each address', async () => {
      const application = await desk.inReview(profile);
      await Promise.all(Array.from({ length: 6 }, () => run()));
      expect(await outbox(application)).toHaveLength(2);
    });

    it('sends nothing for one that lost its lease', async () => {
      const application = await desk.inReview(profile);
      const tasks = new CheckTasks(desk.hub.worker);
      await tasks.plan();
      const late = (await tasks.claim(100)).find(
        (task) => task.application === application && task.code === 'contact_mailboxes',
      )!;
      done(await new CheckRequests(desk.hub.databases.api).again(vetter, application, late.code));
      const found = await desk.hub.worker.transaction('check', 'system:test', (tx) =>
        checkContactMailboxes(tx, late, 'https://hub.test'),
      );
      expect(found.outcome).toBe('wait');
      expect(await outbox(application)).toEqual([]);
    });
  });
});

describe('independence of applicants', () => {
  const check = async (application: string) => {
    const [found] = await recorded(application, 'independence');
    return {
      outcome: found!.outcome,
      evidence: JSON.parse(found!.evidence) as object,
      text: found!.evidence,
    };
  };
  const related = (application: string) =>
    desk.hub.databases.api.read('read', `person:${vetter}`, (tx) => findRelated(tx, application));

  it('passes who shares nothing with anybody', async () => {
    await desk.hub.admit('lonely');
    const application = await applied();
    expect(await check(application)).toMatchObject({
      outcome: 'pass',
      evidence: { memberCount: 0, applicationCount: 0 },
    });
  });

  it('finds a member of the same control group', async () => {
    await desk.hub.admit('north', { group: 'polar' });
    const application = await applied(profileOf('polar'));
    expect(await check(application)).toMatchObject({ outcome: 'fail', evidence: { members: ['north'] } });
    expect(await related(application)).toMatchObject([
      { member: 'north', controlGroup: true, domain: false },
    ]);
  });

  it('finds the same domain, one below it, and a common owner in what others handed in, without naming them', async () => {
    const first = await applied(profileOf('first-one', { controlledBy: 'Holding PLC' }));
    const domain = 'shop.first-one.example.org';
    const below = await applied(profileOf('second-one', { domain }));
    const owned = await applied(profileOf('third-one', { controlledBy: 'HOLDING plc' }));
    const owner = await applied(profileOf('fourth-one', { legalName: 'Holding PLC' }));
    expect(await related(below)).toMatchObject([{ application: first, domain: true, control: false }]);
    const found = await check(below);
    expect(found).toMatchObject({ outcome: 'fail', evidence: { members: [], applicationCount: 1 } });
    expect(found.text).not.toContain(first);
    const shown = await desk.hub.databases.api.read('read', `applicant:${below}`, (tx) =>
      machineChecks(tx, below),
    );
    expect(shown).toContainEqual({ code: 'independence', dueAt: null, attempts: 0, problem: null });
    expect((await related(owned)).map(({ application }) => application).sort()).toEqual(
      [first, owner].sort(),
    );
    expect(await check(owner)).toMatchObject({ evidence: { applicationCount: 2 } });
  });

  it('does not mind who has not handed in, withdrew or was rejected', async () => {
    const { application: draft } = await desk.applications.create();
    done(await desk.applications.setProfile(draft, profile));
    const gone = await applied(profile);
    done(await desk.applications.withdraw(gone, 'other'));
    const application = await applied(profile);
    expect(await check(application)).toMatchObject({ outcome: 'pass' });
  });
});
