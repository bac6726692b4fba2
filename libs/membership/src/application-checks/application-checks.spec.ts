import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ApplicationDesk, done, profileOf } from '#test/application-desk';
import { LoopbackWeb } from '#test/loopback-web';
import type { ApplicationProfile } from '../application/profile.js';
import { ApplicationChecker, type ApplicationCheckerOptions } from './application-checker.js';
import { CheckRequests, machineChecks } from './check-requests.js';
import { CheckTasks } from './check-tasks.js';
import { DomainChallenges } from './domain-challenge.js';

interface CheckRow {
  outcome: string;
  actor: string;
  evidence: string;
  note: string | null;
}

describe('checks of applicants by workers', () => {
  let desk: ApplicationDesk;
  let web: LoopbackWeb;
  let challenges: DomainChallenges;
  let requests: CheckRequests;
  let profile: ApplicationProfile;
  let vetter: number;
  let applicants = 0;
  const failures: unknown[] = [];

  beforeAll(async () => {
    desk = await ApplicationDesk.create();
    web = await LoopbackWeb.start();
    challenges = new DomainChallenges(desk.hub.databases.api);
    requests = new CheckRequests(desk.hub.databases.api);
    vetter = desk.people[0]!;
  });
  afterAll(async () => {
    await web?.stop();
    await desk?.drop();
  });
  beforeEach(() => {
    const handle = `checked-${++applicants}`;
    profile = profileOf(handle, { transparencyUrl: `https://${handle}.example.org/report#latest` });
    web.serve(profile.policyUrl!, '<p>We prohibit it.</p>');
    web.serve(profile.appealUrl!, '%PDF-1.7 appeals', 'application/pdf');
    web.serve(`https://${profile.domain}/report`, '<p>Report</p>');
    failures.length = 0;
  });

  const wellKnown = () => `https://${profile.domain}/.well-known/cairn-challenge`;
  const checker = (more: Partial<ApplicationCheckerOptions> = {}) =>
    new ApplicationChecker(desk.hub.worker, {
      publicUrl: 'https://hub.test',
      ...web.way,
      onFailure: (_task, error) => failures.push(error),
      ...more,
    });

  /** Runs until nothing is due. */
  async function run(more: Partial<ApplicationCheckerOptions> = {}): Promise<void> {
    while (await checker(more).run());
    expect(failures).toEqual([]);
  }

  /** One that publishes its token, unless told otherwise. */
  async function applied(token?: string): Promise<string> {
    const application = await desk.inReview(profile);
    web.serve(wellKnown(), token ?? done(await challenges.show(application)).token, 'text/plain');
    return application;
  }

  const recorded = (application: string, code: string): Promise<CheckRow[]> =>
    desk.hub.worker.read('read', 'system:test', (tx) =>
      tx.query<CheckRow>(
        `SELECT outcome, actor, evidence, note FROM cairn.application_check
          WHERE application_id = $1 AND code = $2 ORDER BY number`,
        [application, code],
      ),
    );
  const standing = async (application: string, code: string) => {
    const all = await desk.hub.databases.api.read('read', `applicant:${application}`, (tx) =>
      machineChecks(tx, application),
    );
    return all.find((check) => check.code === code);
  };
  const outcomes = async (application: string, code = 'domain_control') =>
    (await recorded(application, code)).map(({ outcome }) => outcome);

  /** Lets every delay pass until the failure is recorded. */
  async function runToTheEnd(more: Partial<ApplicationCheckerOptions> = {}): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      await run(more);
      await desk.pass(2);
    }
  }

  describe('when an applicant controls its domain and has its pages', () => {
    it('records that, with what was seen', async () => {
      const application = await applied();
      await run();
      const [check] = await recorded(application, 'domain_control');
      expect(check).toMatchObject({ outcome: 'pass', actor: 'system:worker', note: null });
      expect(JSON.parse(check!.evidence)).toEqual({
        url: wellKnown(),
        status: 200,
        type: 'text/plain',
        bytes: 43,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        at: expect.any(String),
      });
      for (const code of ['published_policy', 'appeal_process', 'transparency_report', 'independence']) {
        expect([code, await outcomes(application, code)]).toEqual([code, ['pass']]);
      }
      await run();
      expect(await outcomes(application)).toEqual(['pass']);
    });

    it('shows the applicant one token of 256 bits, from the first day on', async () => {
      const { application } = await desk.applications.create();
      const shown = done(await challenges.show(application));
      expect(shown).toMatchObject({
        token: expect.stringMatching(/^[\w-]{43}$/),
        path: '/.well-known/cairn-challenge',
      });
      expect(done(await challenges.show(application)).token).toBe(shown.token);
      const other = await desk.applications.create();
      expect(done(await challenges.show(other.application)).token).not.toBe(shown.token);
      const absent = await challenges.show('00000000-0000-4000-8000-000000000000');
      expect(absent).toMatchObject({ code: 'NOT_FOUND', field: 'application' });
    });

    it('checks nothing before it is handed in', async () => {
      const { application } = await desk.applications.create();
      done(await desk.applications.setProfile(application, profile));
      await run();
      expect(await standing(application, 'domain_control')).toBeUndefined();
      expect(web.asked).not.toContain(profile.policyUrl);
    });
  });

  describe('when the token is not there', () => {
    it('tries again, later each time, and only then records the failure', async () => {
      const application = await applied('x'.repeat(43));
      const waits: number[] = [];
      for (let tries = 1; tries <= 4; tries++) {
        const before = await desk.now();
        await run();
        const { attempts, dueAt, problem } = (await standing(application, 'domain_control'))!;
        expect({ attempts, problem }).toEqual({
          attempts: tries,
          problem: expect.stringMatching(/^must contain the token/),
        });
        waits.push(Math.round((dueAt!.getTime() - before) / 60_000));
        expect(await outcomes(application)).toEqual([]);
        await desk.pass(2);
      }
      expect(waits).toEqual([1, 5, 30, 120]);
      await run();
      const [check, ...others] = await recorded(application, 'domain_control');
      expect(check).toMatchObject({
        outcome: 'fail',
        note: expect.stringMatching(/^must contain the token/),
      });
      expect(others).toEqual([]);
      expect(await standing(application, 'domain_control')).toMatchObject({ dueAt: null, attempts: 5 });
    });

    it('passes at a later try, with white space after the token', async () => {
      const application = await applied('');
      await run();
      web.serve(wellKnown(), `${done(await challenges.show(application)).token}\r\n`, 'text/plain');
      await run();
      expect(await outcomes(application)).toEqual([]);
      await desk.pass(1);
      await run();
      expect(await outcomes(application)).toEqual(['pass']);
    });

    it.each<[string, (url: string, token: string) => void, string]>([
      ['more than the token', (url, token) => web.serve(url, `${token}x`), 'must contain'],
      ['a token behind white space', (url, token) => web.serve(url, ` ${token}`), 'must contain'],
      [
        'the token with another status',
        (url, token) => web.serve(url, token, 'text/plain', 201),
        'must answer with',
      ],
      [
        'a redirect',
        (url) => web.answer(url, (_, response) => void response.writeHead(302, { location: '/' }).end()),
        'must answer itself',
      ],
      ['a huge body', (url, token) => web.serve(url, token.padEnd(5_000)), 'must be at most 1024 bytes'],
      [
        'a body that never ends',
        (url) => web.answer(url, (_, response) => void response.write('x')),
        'the answer did not come',
      ],
    ])('takes no %s', async (_what, serve, problem) => {
      const application = await applied();
      serve(wellKnown(), done(await challenges.show(application)).token);
      await run({ timeoutMs: 400 });
      expect((await standing(application, 'domain_control'))!.problem).toContain(problem);
      await runToTheEnd({ timeoutMs: 400 });
      expect(await outcomes(application)).toEqual(['fail']);
    });
  });

  describe('when a name leads into the hub’s own network', () => {
    it.each(['127.0.0.1', '169.254.169.254', '::1', '10.0.0.1'])('asks nothing of %s', async (address) => {
      const application = await applied();
      const asked = web.asked.length;
      const { servedAt: _, ...options } = web.way;
      const resolve = () => Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]);
      const guarded = new ApplicationChecker(desk.hub.worker, {
        ...options,
        publicUrl: 'https://hub.test',
        allowLoopback: false,
        resolve,
        onFailure: (_task, error) => failures.push(error),
      });
      while (await guarded.run());
      for (const code of ['domain_control', 'published_policy', 'appeal_process']) {
        expect((await standing(application, code))!.problem).toBe(
          'every address of the host must be a public one',
        );
      }
      expect(web.asked.length).toBe(asked);
      await desk.applications.withdraw(application, 'other');
    });

    it('lets tests alone say where a URL is served', () => {
      expect(() => checker({ allowLoopback: false })).toThrow('servedAt');
    });
  });

  describe('when a page is not what was promised', () => {
    it.each<[string, string, string, number]>([
      ['missing', 'gone', 'text/html', 404],
      ['empty', ' \n', 'text/html', 200],
      ['neither HTML nor PDF', '{}', 'application/json', 200],
      ['a PDF in name only', '<p>no</p>', 'application/pdf', 200],
    ])('fails one that is %s', async (_what, body, type, status) => {
      web.serve(profile.policyUrl!, body, type, status);
      const application = await applied();
      await runToTheEnd();
      const [check] = await recorded(application, 'published_policy');
      expect(check).toMatchObject({ outcome: 'fail', note: expect.stringMatching(/^must /) });
      expect(JSON.parse(check!.evidence)).toMatchObject({ url: profile.policyUrl, status });
      expect(await outcomes(application, 'appeal_process')).toEqual(['pass']);
    });

    it('leaves one that is not named to staff, and fails an address that cannot be asked at once', async () => {
      profile = { ...profile, transparencyUrl: null, policyUrl: 'https://127.0.0.1:8443/policy' };
      const application = await applied();
      const { servedAt: _, ...options } = web.way;
      const guarded = {
        ...options,
        allowLoopback: false,
        publicUrl: 'https://hub.test',
        onFailure: () => undefined,
      };
      await new ApplicationChecker(desk.hub.worker, guarded).run();
      expect(await outcomes(application, 'published_policy')).toEqual(['fail']);
      expect(await standing(application, 'transparency_report')).toBeUndefined();
      await desk.applications.withdraw(application, 'other');
    });
  });

  describe('when the applicant hands in again', () => {
    it('begins anew what failed or is about other facts, and nothing else', async () => {
      const application = await applied('wrong');
      await runToTheEnd();
      done(await desk.review.requestInformation(vetter, application, 'domain_unproven', 'Publish it.'));
      const policyUrl = `https://${profile.domain}/rules`;
      web.serve(policyUrl, '<p>Rules</p>');
      done(await desk.applications.setProfile(application, { ...profile, policyUrl }));
      web.serve(wellKnown(), done(await challenges.show(application)).token, 'text/plain');
      await run();
      expect(await outcomes(application)).toEqual(['fail']);
      done(await desk.applications.answer(application, 'Done.'));
      await run();
      expect(await outcomes(application)).toEqual(['fail', 'pass']);
      expect(await outcomes(application, 'published_policy')).toEqual(['pass', 'pass']);
      expect(await outcomes(application, 'appeal_process')).toEqual(['pass']);
    });

    it('records nothing about facts that changed while it looked', async () => {
      const application = await applied();
      const other = { ...profile, domain: 'elsewhere.example.org' };
      web.answer(wellKnown(), (_request, response) => {
        void (async () => {
          done(await desk.review.requestInformation(vetter, application, 'other', 'Which domain?'));
          done(await desk.applications.setProfile(application, other));
          response.end(done(await challenges.show(application)).token);
        })();
      });
      await run();
      expect(await outcomes(application)).toEqual([]);
    });
  });

  describe('when staff have a say', () => {
    it('keeps what a person found, until staff ask for the check again', async () => {
      const application = await applied();
      done(
        await desk.review.recordCheck({ person: vetter }, application, {
          code: 'domain_control',
          outcome: 'fail',
        }),
      );
      await run();
      expect(await outcomes(application)).toEqual(['fail']);
      done(await requests.again(vetter, application, 'domain_control'));
      await run();
      expect(await recorded(application, 'domain_control')).toMatchObject([
        { actor: `person:${vetter}` },
        { outcome: 'pass', actor: 'system:worker', note: `made again for person:${vetter}` },
      ]);
    });

    it('does not record over a person who was quicker', async () => {
      const application = await applied();
      const { token } = done(await challenges.show(application));
      web.answer(wellKnown(), (_request, response) => {
        const check = { code: 'domain_control', outcome: 'fail', note: 'Not theirs.' } as const;
        void desk.review.recordCheck({ person: vetter }, application, check).then(() => response.end(token));
      });
      await run();
      expect(await recorded(application, 'domain_control')).toMatchObject([
        { outcome: 'fail', note: 'Not theirs.' },
      ]);
    });

    it('refuses to run what is no check of workers, or of nobody, or too late', async () => {
      const application = await applied();
      await run();
      const again = (code: string, of = application) => requests.again(vetter, of, code);
      expect(await again('legal_entity')).toMatchObject({ code: 'BAD_INPUT', field: 'code' });
      expect(await again('domain_control', 'x')).toMatchObject({ code: 'NOT_FOUND' });
      done(await desk.applications.withdraw(application, 'other'));
      expect(await again('domain_control')).toMatchObject({ code: 'ILLEGAL_MOVE' });
    });
  });

  describe('when several workers run', () => {
    it('asks once and records once', async () => {
      const application = await applied();
      const before = web.asked.filter((url) => url === wellKnown()).length;
      await Promise.all(Array.from({ length: 6 }, () => run()));
      expect(web.asked.filter((url) => url === wellKnown()).length - before).toBe(1);
      for (const code of ['domain_control', 'published_policy', 'independence', 'contact_mailboxes']) {
        expect([code, (await outcomes(application, code)).length]).toEqual([
          code,
          code === 'contact_mailboxes' ? 0 : 1,
        ]);
      }
    });

    it('takes up what a worker left, and ignores that worker when it comes back', async () => {
      const application = await applied();
      const tasks = new CheckTasks(desk.hub.worker);
      await tasks.plan();
      const mine = (await tasks.claim(100)).find(
        (task) => task.application === application && task.code === 'domain_control',
      )!;
      await run();
      expect(await outcomes(application)).toEqual([]);
      await desk.pass(1);
      await run();
      expect(await outcomes(application)).toEqual(['pass']);
      const evidence = { late: true };
      expect(await tasks.settle(mine, { outcome: 'pass', evidence })).toBe(false);
      await tasks.settle(mine, { outcome: 'fail', evidence, problem: 'must come in time', again: true });
      expect(await outcomes(application)).toEqual(['pass']);
      expect(await standing(application, 'domain_control')).toMatchObject({ dueAt: null, problem: null });
    });
  });
});
