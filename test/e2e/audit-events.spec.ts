import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deriveCheckpointKey } from '#libs/keys';
import { canonicalJson } from '#libs/membership';
import { withClient } from '#libs/platform';
import { toHex } from '#libs/protocol';
import { announceAudit } from '#libs/provenance';
import { formatVerifierKey, NOTE_SIGNATURE, verifierKey } from '#libs/tlog';
import type { TestHub } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { got, machine, refusal, type Ask } from './applications-hub.js';
import { cairnIn, loggedIn } from './cli-session.js';

const EVENTS = `query ($first: Int!, $after: String) { auditEvents(first: $first, after: $after) {
  edges { node { number time actor act subject inputs outcome chain } } pageInfo { hasNextPage endCursor } statement { index leaf } } }`;
const ACCREDIT = `mutation ($input: AccreditationInput!) { setAccreditation(input: $input) { __typename } }`;
const ACCEPT = `mutation ($token: String!) { acceptInvitation(token: $token) { __typename } }`;

interface Event {
  number: number;
  actor: string;
  act: string;
  subject: string;
  inputs: string;
  outcome: string;
}

let vetting: VettingHub;
let hub: TestHub;
let [ada, alice]: Ask[] = [];
let directory: string;

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub } = vetting);
  ({ ada, alice } = vetting.people);
  await hub.admit('hotline', 'hotline');
  await hub.settle();
  directory = mkdtempSync(join(tmpdir(), 'cairn-audit-'));
});
afterAll(async () => {
  await vetting.close();
  rmSync(directory, { recursive: true, force: true });
});

const events = async (): Promise<Event[]> =>
  (await got(ada!, EVENTS, { first: 1000 })).edges.map(({ node }: { node: Event }) => node);
const since = async (before: Event[]): Promise<Event[]> => (await events()).slice(before.length);
const rewrite = (sql: string) =>
  withClient(hub.database.adminUrl, { searchPath: 'cairn' }, (admin) => admin.query(sql));

describe('the audit trail', () => {
  it('holds one row for an act of staff, with the digest of its inputs and the outcome', async () => {
    const before = await events();
    const input = { member: 'hotline', accredited: false, reason: 'x' };
    await got(alice!, ACCREDIT, { input });
    await got(alice!, ACCREDIT, { input: { ...input, member: 'nobody' } });
    await got(alice!, ACCREDIT, { input: { ...input, reason: ' ' } });
    const found = await since(before);
    expect(found).toMatchObject([
      { number: before.length + 1, act: 'setAccreditation', subject: 'hotline', outcome: 'ok' },
      { number: before.length + 2, subject: 'nobody', outcome: 'NOT_FOUND' },
      { number: before.length + 3, subject: 'hotline', outcome: 'BAD_INPUT' },
    ]);
    expect(found[0]!.inputs).toBe(hash('sha256', canonicalJson({ input }), 'hex'));
    expect(new Set(found.map(({ actor }) => actor)).size).toBe(1);
    expect(found[0]!.actor).toMatch(/^person:\d+$/);
  });

  it('is written with the act: neither is there without the other', async () => {
    const before = await events();
    const acts = async () =>
      (await rewrite('SELECT count(*)::integer AS n FROM member_act')).rows as { n: number }[];
    const done = await acts();
    await rewrite(
      `ALTER TABLE audit_event ADD CONSTRAINT nothing_ck CHECK (act <> 'setAccreditation') NOT VALID`,
    );
    const answer = await alice!(ACCREDIT, { input: { member: 'hotline', accredited: true, reason: 'x' } });
    await rewrite('ALTER TABLE audit_event DROP CONSTRAINT nothing_ck');
    expect(answer.body.errors).toHaveLength(1);
    expect(await acts()).toEqual(done);
    expect(await since(before)).toEqual([]);
  });

  it('covers administrators of members, not machines, and leaves tokens out of the digest', async () => {
    const before = await events();
    await got(vetting.people.mia, ACCEPT, { token: 'x'.repeat(43) });
    await machine(hub, vetting.alpha)('mutation { startConformance { __typename } }');
    expect(await since(before)).toMatchObject([
      {
        act: 'acceptInvitation',
        subject: '',
        inputs: hash('sha256', '{}', 'hex'),
        outcome: expect.stringMatching(/^[A-Z_]+$/),
      },
    ]);
  });

  it('keeps acts at the same time in one order without a gap', async () => {
    const before = await events();
    const input = { member: 'nobody', accredited: false, reason: 'x' };
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => (i % 2 ? alice! : vetting.people.albert)(ACCREDIT, { input })),
    );
    const found = await events();
    expect(found.map(({ number }) => number)).toEqual(
      Array.from({ length: before.length + 12 }, (_, i) => i + 1),
    );
  });

  it('is for auditors alone, and nobody changes it, its owner neither', async () => {
    for (const name of ['alice', 'vera', 'otto', 'mia'] as const)
      expect(await refusal(vetting.people[name], EVENTS, { first: 1 })).toEqual([403, 'FORBIDDEN']);
    for (const sql of [`UPDATE audit_event SET act = 'x'`, 'DELETE FROM audit_event', 'TRUNCATE audit_event'])
      await expect(rewrite(sql)).rejects.toThrow('stays as it is');
    for (const sql of [
      'UPDATE audit_head SET size = size - 1',
      `UPDATE audit_head SET head = sha256('x')`,
      'DELETE FROM audit_head',
    ])
      await expect(rewrite(sql)).rejects.toThrow('only grows');
  });

  it('has its head in the log, once for each state', async () => {
    expect(await announceAudit(hub.worker)).toBe(true);
    await hub.settle();
    expect(await announceAudit(hub.worker)).toBe(false);
    const { statement } = await got(ada!, EVENTS, { first: 1 });
    const all = await events();
    const latest = all.at(-1) as Event & { chain: string };
    expect(JSON.parse(statement.leaf)).toMatchObject({ kind: 'audit', size: all.length, head: latest.chain });
  });
});

describe('cairn audit events', () => {
  it('verifies chain and statement, and exits with 4 when a row was changed', async () => {
    const home = await loggedIn(hub, join(directory, 'ada'), 'ada');
    const run = () => cairnIn(home, ['audit', 'events']);
    const { code, json } = await run();
    expect([code, json.logged.size]).toEqual([0, json.events.length]);
    const tamper = (act: string) =>
      rewrite(
        `SET session_replication_role = replica; UPDATE audit_event SET act = '${act}' WHERE number = 2`,
      );
    const { act } = json.events[1];
    await tamper('waiveConformance');
    expect(await run()).toMatchObject({ code: 4, err: expect.stringContaining('AUDIT_TRAIL_BROKEN') });
    await tamper(act);
    expect(await run()).toMatchObject({ code: 0 });
  });

  it('sees a chain that was made anew by the heads of the old one, however well it fits', async () => {
    const home = await loggedIn(hub, join(directory, 'ada-again'), 'ada');
    const policy = pinLog();
    const run = () => cairnIn(home, ['audit', 'events', '--policy', policy]);
    const { code, json } = await run();
    expect([code, json.proved, json.statements]).toEqual([0, true, 1]);
    await remakeChain((json.events as TimedEvent[]).map((event) => ({ ...event, subject: 'somebody else' })));
    await got(alice!, ACCREDIT, { input: { member: 'hotline', accredited: true, reason: 'y' } });
    await announceAudit(hub.worker);
    await hub.settle();
    // The latest head is on the new chain: who believes that one sees nothing.
    expect(await cairnIn(home, ['audit', 'events'])).toMatchObject({ code: 0 });
    const { code: broken, err } = await run();
    expect([broken, JSON.parse(err).error.code]).toEqual([4, 'AUDIT_TRAIL_BROKEN']);
    expect(err).toContain(`at index ${json.logged.index}`);
  });
});

function pinLog(): string {
  const { config, checkpointSeed, url } = hub;
  const origin = `${config.origin}/log`;
  const { publicKey } = deriveCheckpointKey(checkpointSeed, origin);
  const path = join(directory, 'policy');
  const key = formatVerifierKey(verifierKey(origin, NOTE_SIGNATURE, publicKey));
  writeFileSync(path, `log ${key} ${url}\nquorum none\n`);
  return path;
}

type TimedEvent = Event & { time: number };

/** What whoever owns the database can do: other events, and a chain that fits them (docs/protocol-audit.md, "The chain"). */
async function remakeChain(events: readonly TimedEvent[]): Promise<void> {
  let link = Buffer.alloc(32);
  const updates = events.map(({ number, time, actor, act, subject, inputs, outcome }) => {
    const lines = ['cairn-audit/1', number, time, actor, act, subject, inputs, outcome];
    link = hash('sha256', Buffer.concat([link, Buffer.from(`${lines.join('\n')}\n`)]), 'buffer');
    return `UPDATE audit_event SET subject = '${subject}', chain = '\\x${toHex(link)}' WHERE number = ${number};`;
  });
  await rewrite(
    `SET session_replication_role = replica; ${updates.join(' ')} UPDATE audit_head SET head = '\\x${toHex(link)}'`,
  );
}
