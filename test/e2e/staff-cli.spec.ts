import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestHub } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { cairnIn, loggedIn } from './cli-session.js';

let hub: TestHub;
let vetting: VettingHub;
let directory: string;
let homes: Record<'alice' | 'albert' | 'vera' | 'mia', string>;

type Name = keyof typeof homes;
const as = (name: Name, ...args: string[]) => cairnIn(homes[name], args);

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub } = vetting);
  await hub.admit('hotline', 'hotline');
  await hub.settle();
  directory = mkdtempSync(join(tmpdir(), 'cairn-staff-'));
  const names: readonly Name[] = ['alice', 'albert', 'vera', 'mia'];
  const made = await Promise.all(
    names.map(async (name) => [name, await loggedIn(hub, join(directory, name), name)] as const),
  );
  homes = Object.fromEntries(made) as typeof homes;
});
afterAll(async () => {
  await vetting.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('cairn staff', () => {
  it('lists, invites, gives, takes, disables and enables', async () => {
    const listed = await as('alice', 'staff', 'list');
    expect(listed).toMatchObject({ code: 0, err: '' });
    const ids = new Map<string, string>(
      listed.json.staff.map(({ name, id }: { name: string; id: string }) => [name.toLowerCase(), id]),
    );
    const numberOf = (persona: string): string => [...ids].find(([name]) => name.startsWith(persona))![1];
    const invited = await as('alice', 'staff', 'invite', 'operator');
    expect(invited).toMatchObject({ code: 0, json: { token: expect.any(String) } });
    expect(await cairnIn(homes.mia, ['staff', 'accept'], { stdin: `${invited.json.token}\n` })).toMatchObject(
      {
        code: 0,
        json: { roles: ['operator'], administers: 'alpha' },
      },
    );
    const vera = numberOf('vera');
    const change = ['--role', 'operator', '--reason', 'holidays'];
    expect(await as('alice', 'staff', 'give', vera, ...change)).toMatchObject({
      code: 0,
      json: { roles: ['VETTER', 'OPERATOR'] },
    });
    expect(await as('alice', 'staff', 'give', vera, ...change)).toMatchObject({ code: 3 });
    expect(await as('alice', 'staff', 'take', vera, ...change)).toMatchObject({
      json: { roles: ['VETTER'] },
    });
    expect(await as('alice', 'staff', 'disable', vera, '--reason', 'left')).toMatchObject({
      json: { disabled: true },
    });
    expect(await as('vera', 'staff', 'list')).toMatchObject({ code: 3 });
    expect(await as('alice', 'staff', 'enable', vera, '--reason', 'is back')).toMatchObject({ code: 0 });
    homes.vera = await loggedIn(hub, join(directory, 'vera'), 'vera');
    expect(await as('vera', 'staff', 'give', vera, ...change)).toMatchObject({ code: 3 });
    const { json } = await as('vera', 'staff', 'invite-administrator', 'beta');
    expect(await as('alice', 'staff', 'revoke-invitation', json.id)).toMatchObject({ code: 0 });
    expect(await cairnIn(homes.albert, ['staff', 'accept'], { stdin: `${json.token}\n` })).toMatchObject({
      code: 3,
    });
  });
});

describe('cairn member', () => {
  it('gives a right on the waiver of another person, and shows what was done', async () => {
    const right = ['--channel', 'csam', '--receive', '--note', 'for the pilot'];
    const refused = await as('albert', 'member', 'right', 'beta', ...right);
    expect([refused.code, JSON.parse(refused.err)]).toMatchObject([3, { error: { subject: 'member' } }]);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    expect(
      await as('alice', 'member', 'waive', 'beta', '--until', until, '--reason', 'shown by hand'),
    ).toMatchObject({ code: 0, json: { waivers: [{ reason: 'shown by hand', counts: true }] } });
    expect(await as('alice', 'member', 'right', 'beta', ...right)).toMatchObject({ code: 3 });
    expect(await as('albert', 'member', 'right', 'beta', ...right)).toMatchObject({ code: 0 });
    await hub.settle();
    expect(await as('vera', 'member', 'rights', 'beta')).toMatchObject({
      json: { rights: [{ channel: 'csam', submit: false, receive: true, changing: false }] },
    });
    expect((await as('vera', 'member', 'acts', 'beta')).json.edges).toMatchObject([
      { node: { act: 'RIGHT', basis: 'WAIVER', reason: 'for the pilot' } },
    ]);
    expect(await as('mia', 'member', 'rights', 'alpha')).toMatchObject({
      code: 0,
      json: { member: 'alpha' },
    });
    expect(await as('mia', 'member', 'rights', 'beta')).toMatchObject({ code: 3 });
  });

  it('accredits, regroups and recalls', async () => {
    const why = ['--reason', 'the yearly audit'];
    expect(await as('alice', 'member', 'end-accreditation', 'hotline', ...why)).toMatchObject({ code: 0 });
    await hub.settle();
    expect((await as('vera', 'member', 'show', 'hotline')).json).toMatchObject({ accredited: false });
    expect(await as('alice', 'member', 'accredit', 'hotline', ...why)).toMatchObject({ code: 0 });
    const group = ['--group', 'holding', ...why];
    expect(await as('alice', 'member', 'control-group', 'hotline', ...group)).toMatchObject({ code: 0 });
    expect(await as('alice', 'member', 'recall', 'hotline', '--from', '0', ...why)).toMatchObject({
      code: 0,
    });
    await hub.settle();
    const { json } = await as('vera', 'member', 'list', '--status', 'active');
    expect(json.edges.map(({ node }: { node: { member: string } }) => node.member)).toEqual([
      'alpha',
      'beta',
      'hotline',
    ]);
    expect(json.edges[2].node).toMatchObject({ accredited: true, controlGroup: 'holding' });
  });
});

describe('cairn application policy and publish-agreement', () => {
  it('set what the alliance asks of everybody', async () => {
    const { json: before } = await as('alice', 'application', 'policy');
    expect(before).toMatchObject({ objectionDays: 1, academicRights: false });
    const change = ['--objection-days', '3', '--academic-rights', 'yes'];
    expect(await as('alice', 'application', 'policy', 'set', ...change)).toMatchObject({
      code: 0,
      json: { ...before, version: before.version + 1, objectionDays: 3, academicRights: true },
    });
    await hub.settle();
    expect((await as('vera', 'application', 'policy', 'show')).json).toMatchObject({ objectionDays: 3 });
    expect(await as('alice', 'application', 'policy', 'set')).toMatchObject({ code: 2 });
    expect(await as('alice', 'application', 'policy', 'set', '--academic-rights', 'maybe')).toMatchObject({
      code: 2,
    });
    expect(await as('vera', 'application', 'policy', 'set', ...change)).toMatchObject({ code: 3 });
    const file = join(directory, 'agreement.txt');
    writeFileSync(file, 'The second agreement.');
    const until = ['--title', 'Second', '--until', '2099-01-31T00:00Z'];
    expect(await as('alice', 'application', 'publish-agreement', file, ...until)).toMatchObject({
      code: 0,
      json: { version: 2 },
    });
  });
});

describe('cairn application', () => {
  it('has a command for each step after the decision, which the hub judges', async () => {
    const id = (await vetting.apply('newcomer')).id;
    for (const step of [
      ...['admit', 'begin-conformance', 'activate-observer', 'begin-probation', 'end-probation', 'reinstate'],
    ]) {
      const answer = await as('alice', 'application', step, id);
      expect([step, answer.code, answer.err]).toEqual([step, 3, expect.stringContaining('ILLEGAL_MOVE')]);
    }
    const expel = ['--reason', 'poisoning', '--recall', '0'];
    expect((await as('alice', 'application', 'expel', id, ...expel)).err).toContain('ILLEGAL_MOVE');
    expect(await as('alice', 'application', 'expel', id, '--reason', 'x', '--recall', 'all')).toMatchObject({
      code: 2,
    });
  });
});
