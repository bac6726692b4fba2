import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemberHome, type HttpOptions } from '#libs/client';
import { announceFeeds } from '#libs/feed';
import { deriveCheckpointKey, saveSigningKey } from '#libs/keys';
import { requestStatement } from '#libs/ledger';
import { decodeEvidence, type ShownSubmission } from '#libs/protocol';
import { EvidenceReader } from '#libs/provenance';
import { formatVerifierKey, NOTE_SIGNATURE, verifierKey } from '#libs/tlog';
import { POLICY, assertion, retraction, TestHub, type TestMember } from './api-hub.js';
import { cairnIn, loggedIn } from './cli-session.js';
import { giveRoles } from './people-hub.js';

const OPERATOR = 'system:test';
const DAY_MS = 86_400_000;
const day = (n: number): string => new Date(Date.now() + n * DAY_MS).toISOString().slice(0, 10);

export const value = (n: number): string => n.toString(16).padStart(64, '0');

/** A hub whose log tells of everything that can happen, and those who replay it. */
export class ReplayHub {
  private constructor(
    readonly hub: TestHub,
    readonly directory: string,
    readonly members: { alpha: TestMember; bravo: TestMember; hotline: TestMember; silent: TestMember },
    /** Home of an auditor, who is logged in. */
    readonly auditor: string,
  ) {}

  static async start(): Promise<ReplayHub> {
    const hub = await TestHub.start();
    await hub.createChannel('csam');
    await hub.createChannel('tvec');
    const members = {
      alpha: await hub.admit('alpha'),
      bravo: await hub.admit('bravo'),
      hotline: await hub.admit('hotline', 'hotline'),
      silent: await hub.admit('silent'),
    };
    for (const member of [members.alpha, members.bravo, members.hotline]) {
      await hub.allow(member, 'csam', { submit: true, receive: true });
    }
    await hub.allow(members.silent, 'csam', { submit: true, receive: false });
    await hub.allow(members.hotline, 'tvec', { submit: true, receive: true });
    await hub.settle();
    await giveRoles(hub, [
      ['ada', 'auditor'],
      ['alice', 'approver'],
      ['vera', 'vetter'],
    ]);
    const directory = mkdtempSync(join(tmpdir(), 'cairn-replay-'));
    const auditor = await loggedIn(hub, join(directory, 'ada'), 'ada');
    return new ReplayHub(hub, directory, members, auditor);
  }

  async close(): Promise<void> {
    await this.hub.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The policy file that pins the log and both feeds. */
  policyFile(feeds: readonly string[] = ['csam', 'tvec']): string {
    const { config, checkpointSeed, url } = this.hub;
    const line = (origin: string): string => {
      const { publicKey } = deriveCheckpointKey(checkpointSeed, origin);
      return `log ${formatVerifierKey(verifierKey(origin, NOTE_SIGNATURE, publicKey))} ${url}\n`;
    };
    const origins = ['log', ...feeds.map((feed) => `feed/${feed}`)].map((path) => `${config.origin}/${path}`);
    const path = join(this.directory, `policy-${feeds.join('-')}`);
    writeFileSync(path, `${origins.map(line).join('')}quorum none\n`);
    return path;
  }

  /** Replays as the auditor. */
  audit(work: string, { http, more = [] }: { http?: HttpOptions; more?: readonly string[] } = {}) {
    const args = ['audit', 'replay', '--purpose', 'yearly audit', '--policy', this.policyFile()];
    const options = http === undefined ? {} : { http };
    return cairnIn(this.auditor, [...args, '--work', join(this.directory, work), ...more], options);
  }

  /** A home of a member that pins the log and both feeds. */
  async memberHome(member: TestMember): Promise<string> {
    const home = join(this.directory, `member-${member.name}`);
    const files = new MemberHome(home);
    mkdirSync(join(home, 'keys'), { recursive: true, mode: 0o700 });
    const policy = readFileSync(this.policyFile());
    await files.init({ policy, member: member.name, replace: true });
    rmSync(files.keyFile('auth'), { force: true });
    await saveSigningKey(files.keyFile('auth'), member.auth);
    return home;
  }

  /** Replays as a member. */
  async replayAs(member: TestMember, http?: HttpOptions, work?: string, more: readonly string[] = []) {
    const home = await this.memberHome(member);
    const args = ['audit', 'replay', ...(work === undefined ? [] : ['--work', work]), ...more];
    return cairnIn(home, args, http === undefined ? {} : { http });
  }

  /** Two members and a hotline say things, take them back, lose keys; days pass and policies change. A round after each step. */
  async history(): Promise<void> {
    const { hub, members } = this;
    const { alpha, bravo, hotline, silent } = members;
    const named = { attribution: 'named' };
    await this.submit(
      alpha,
      [1, 2, 3].map((n) => assertion('sha256', value(n), { labels: ['csam'] })),
      named,
    );
    await this.submit(
      bravo,
      [2, 3, 4].map((n) => assertion('sha256', value(n))),
    );
    await this.submit(bravo, [
      assertion('pdq', value(1), { quality: 70 }),
      assertion('sha256', value(5), { expires: day(-1) }),
    ]);
    await this.submit(hotline, [
      assertion('sha256', value(3)),
      assertion('sha256', value(6), { expires: day(1) }),
    ]);
    await this.submit(silent, [assertion('sha256', value(7)), assertion('sha256', value(1))]);
    await this.submit(alpha, [
      retraction('sha256', value(1), { reason: 'error' }),
      assertion('sha256', value(8)),
    ]);
    await this.submit(hotline, [assertion('sha256', value(9))], {}, 'tvec');
    await announceFeeds(hub.worker);
    await hub.settle();
    await hub.channels.setPolicy(OPERATOR, 'csam', { ...POLICY, corroboration: 3 });
    await hub.settle();
    await hub.members.regroup(OPERATOR, 'bravo', 'alpha');
    await hub.settle();
    await this.tick();
    await hub.members.revokeKey(OPERATOR, 'bravo', bravo.signing.publicKey.kid, 'compromised', 0);
    await hub.settle();
    await hub.members.recall(OPERATOR, 'silent', 0);
    await hub.settle();
    await hub.members.setStatus(OPERATOR, 'alpha', 'probation');
    await this.submit(alpha, [assertion('sha256', value(10))], named);
    await announceFeeds(hub.worker);
    await hub.settle();
  }

  /** More rounds, so that the feed of the history has two rollups, the second with a removal, and a round after them. */
  async growBeyondRollups(): Promise<void> {
    for (let n = 20; n < 42; n++) {
      const entry = n === 36 ? retraction('sha256', value(20)) : assertion('sha256', value(n));
      await this.submit(this.members.alpha, [entry], { attribution: 'named' });
    }
    await announceFeeds(this.hub.worker);
    await this.hub.settle();
  }

  async submit(
    member: TestMember,
    entries: readonly object[],
    claims: object = {},
    channel = 'csam',
  ): Promise<void> {
    const { body } = await this.hub.submit(member, channel, entries, claims);
    const receipt = (body.data as { submit: { __typename: string } } | undefined)?.submit;
    if (receipt?.__typename !== 'SubmissionReceipt') throw new Error(JSON.stringify(body));
    await this.hub.settle();
  }

  /** Everything behind the submission at an index. */
  async shown(index: number): Promise<readonly ShownSubmission[]> {
    const reader = new EvidenceReader(this.hub.database.api, this.hub.config.origin);
    const person = await this.auditorId();
    const grant = await reader.grant(person, 'test');
    const file = await reader.read({ kind: 'person', id: person, grant: grant! }, index, index + 1);
    return decodeEvidence(file!).submissions;
  }

  /** Row id of the auditor. */
  async auditorId(): Promise<number> {
    const [row] = await this.hub.database.admin.read('auditor', 'system:test', (tx) =>
      tx.query<{ id: number }>("SELECT person_id AS id FROM cairn.role_held WHERE role = 'auditor'"),
    );
    return row!.id;
  }

  async tick(): Promise<void> {
    await this.hub.worker.transaction('tick', OPERATOR, (tx) =>
      requestStatement(tx, `tick:${Math.random()}`, { kind: 'tick' }),
    );
    await this.hub.settle();
  }
}
