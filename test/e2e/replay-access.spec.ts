import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeEvidence, type ShownSubmission } from '#libs/protocol';
import { type TestMember } from './api-hub.js';
import { terminalSession } from './cli-session.js';
import { ReplayHub, value } from './replay-hub.js';

const TICKET = `mutation ($purpose: String) { requestReplayTicket(purpose: $purpose) {
  __typename ... on ReplayTicket { prefix expiresAt } ... on ActRefused { code field rule } } }`;
const READS = '{ evidenceReads(first: 100) { edges { node { person from end purpose at } } } }';

let replay: ReplayHub;
let size: number;

beforeAll(async () => {
  replay = await ReplayHub.start();
  await replay.history();
  const rows = await replay.hub.database.admin.read('size', 'system:test', (tx) =>
    tx.query<{ size: number }>('SELECT size::float8 AS size FROM cairn.log WHERE feed IS NULL'),
  );
  size = rows[0]!.size;
});
afterAll(() => replay.close());

async function asPerson(persona: string, query: string, variables: object = {}) {
  const session = await terminalSession(replay.hub, persona);
  return replay.hub.post(JSON.stringify({ query, variables }), { authorization: `Session ${session}` });
}

async function memberTicket(member: TestMember): Promise<string> {
  const { body } = await replay.hub.graphql(member, TICKET);
  return body.data.requestReplayTicket.prefix as string;
}

const get = (path: string): Promise<Response> => fetch(`${replay.hub.url}${path}`);

async function shownTo(prefix: string): Promise<{ bytes: Buffer; submissions: readonly ShownSubmission[] }> {
  const answer = await get(`${prefix}/evidence/0-${size}`);
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const { from, end, submissions } = decodeEvidence(bytes);
  expect([from, end]).toEqual([0, size]);
  return { bytes, submissions };
}

const partsOf = ({ content, author, lines }: ShownSubmission): string =>
  [content && 'content', author && 'author', lines && 'lines'].filter(Boolean).join(' ');

describe('what stands behind the log', () => {
  it('is shown to a member as far as it may see: own submissions, named authors, decisions of its channels', async () => {
    const { alpha, bravo } = replay.members;
    const { submissions, bytes } = await shownTo(await memberTicket(bravo));
    // alpha named, bravo twice, hotline, silent, alpha anonymous; not that of the other channel; alpha named.
    expect(submissions.map(partsOf)).toEqual([
      'content author',
      'content author lines',
      'content author lines',
      'content',
      'content',
      'content',
      'content author',
    ]);
    expect(bytes.includes(value(8))).toBe(false);
    expect(bytes.includes(value(4))).toBe(true);
    const other = await shownTo(await memberTicket(alpha));
    expect(other.bytes.includes(value(4))).toBe(false);
  });

  it('tells an author that does not receive the channel nothing of decisions, its own included', async () => {
    const { submissions } = await shownTo(await memberTicket(replay.members.silent));
    expect(submissions.map(partsOf)).toEqual(['author lines']);
    expect(submissions[0]!.decisions).toBeNull();
  });

  it('gives members no feeds by this ticket', async () => {
    const prefix = await memberTicket(replay.members.alpha);
    expect((await get(`${prefix}/feed/csam/checkpoint`)).status).toBe(404);
    expect((await get(`${prefix}/feed/tvec/checkpoint`)).status).toBe(404);
  });

  it('ends for a member at once when it loses the right to receive', async () => {
    const { hub, members } = replay;
    const prefix = await memberTicket(members.hotline);
    expect((await shownTo(prefix)).submissions).toHaveLength(8);
    await hub.allow(members.hotline, 'csam', { submit: true, receive: false });
    await hub.sequence();
    await hub.project();
    const answer = await get(`${prefix}/evidence/0-${size}`);
    const { submissions } = decodeEvidence(new Uint8Array(await answer.arrayBuffer()));
    expect(submissions.map(partsOf)).toEqual(['author lines', 'content author lines']);
    await hub.allow(members.hotline, 'csam', { submit: true, receive: true });
    await hub.sequence();
    await hub.project();
  });

  it('is shown to auditors who say why, wholly, and each part is recorded before', async () => {
    const refused = await asPerson('ada', TICKET);
    expect(refused.body.data.requestReplayTicket).toMatchObject({
      __typename: 'ActRefused',
      field: 'purpose',
    });
    const empty = await asPerson('ada', TICKET, { purpose: ' ' });
    expect(empty.body.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    const given = await asPerson('ada', TICKET, { purpose: 'complaint 17' });
    const { prefix } = given.body.data.requestReplayTicket;
    const { submissions } = await shownTo(prefix);
    expect(submissions.map(partsOf)).toEqual(Array.from({ length: 8 }, () => 'content author lines'));
    const { body } = await asPerson('ada', READS);
    const [latest] = body.data.evidenceReads.edges;
    expect(latest.node).toMatchObject({ from: 0, end: size, purpose: 'complaint 17' });
    expect((await get(`${prefix}/feed/csam/checkpoint`)).status).toBe(200);
  });

  it('is for no other person, whatever its role', async () => {
    for (const persona of ['vera', 'alice', 'noah']) {
      for (const query of [TICKET, READS]) {
        const { body } = await asPerson(persona, query, query === TICKET ? { purpose: 'curious' } : {});
        expect(body.errors![0]!.extensions.code).toBe('FORBIDDEN');
      }
    }
  });

  it('opens for nobody without a good ticket, and says the same of what is not there', async () => {
    expect((await get('/replay/')).status).toBe(401);
    expect((await get(`/replay/p1.1.1999999999.${'A'.repeat(43)}/evidence/0-5`)).status).toBe(403);
    const prefix = await memberTicket(replay.members.alpha);
    const ticket = prefix.slice('/replay/'.length);
    // A ticket of a member is not one of the person with that number.
    expect((await get(`/replay/p${ticket.slice(1)}/evidence/0-5`)).status).toBe(403);
    for (const path of [
      `evidence/${size}-${size + 5}`,
      'evidence/5-5',
      'evidence/x-5',
      'evidence/00-5',
      'other',
    ]) {
      expect([path, (await get(`${prefix}/${path}`)).status]).toEqual([path, 404]);
    }
  });

  it('is shown under no grant of somebody else, and none that is old; what was recorded stays', async () => {
    const { database } = replay.hub;
    const record = (person: number, grant: number): Promise<boolean> =>
      database.api.transaction('record', `person:${person}`, async (tx) => {
        const [row] = await tx.query<{ recorded: boolean }>(
          'SELECT cairn.record_evidence_read($1, 0, 1) AS recorded',
          [grant],
        );
        return row!.recorded;
      });
    const ada = await replay.auditorId();
    const [grant] = await database.admin.read('grant', 'system:test', (tx) =>
      tx.query<{ id: number }>('SELECT max(id)::float8 AS id FROM cairn.replay_grant'),
    );
    expect(await record(ada, grant!.id)).toBe(true);
    expect(await record(ada + 1, grant!.id)).toBe(false);
    expect(await record(ada, grant!.id + 100)).toBe(false);
    const old = await database.admin.transaction('old', 'system:test', (tx) =>
      tx.query<{ id: number }>(
        `INSERT INTO cairn.replay_grant (person_id, purpose, at) VALUES ($1, 'old', now() - interval '2 hours') RETURNING id::float8 AS id`,
        [ada],
      ),
    );
    expect(await record(ada, old[0]!.id)).toBe(false);
    for (const act of [
      "UPDATE cairn.replay_grant SET purpose = 'x'",
      'DELETE FROM cairn.evidence_read',
      'TRUNCATE cairn.evidence_read',
    ]) {
      await expect(
        database.admin.transaction('rewrite', 'system:test', (tx) => tx.execute(act)),
      ).rejects.toThrow();
    }
  });

  it('comes in files of a few megabytes that begin where the one before ended', async () => {
    const given = await asPerson('ada', TICKET, { purpose: 'pages' });
    const { prefix } = given.body.data.requestReplayTicket;
    const answer = await get(`${prefix}/evidence/3-7`);
    const file = decodeEvidence(new Uint8Array(await answer.arrayBuffer()));
    expect([file.from, file.end]).toEqual([3, 7]);
  });
});
