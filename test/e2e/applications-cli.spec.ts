import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestHub } from './api-hub.js';
import { profileOf } from './applications-hub.js';
import { cairnIn, loggedIn } from './cli-session.js';
import { giveRoles } from './people-hub.js';

let hub: TestHub;
let directory: string;
let staff: string;

beforeAll(async () => {
  hub = await TestHub.start();
  directory = mkdtempSync(join(tmpdir(), 'cairn-apply-'));
  await giveRoles(hub, [
    ['alice', 'approver'],
    ['vera', 'vetter'],
  ]);
  staff = await loggedIn(hub, join(directory, 'staff'), 'vera');
});
afterAll(async () => {
  await hub.close();
  rmSync(directory, { recursive: true, force: true });
});

const cairn = (home: string, ...args: string[]) => cairnIn(home, args);

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describe('cairn apply and cairn application', () => {
  it('lead an applicant and staff from the form to a question and its answer', async () => {
    const home = join(directory, 'applicant');
    const profile = { ...profileOf('newcomer', { channels: [], measures: [] }), kind: 'platform' };
    const path = file('profile.json', JSON.stringify(profile));
    const begun = await cairn(home, 'apply', '--hub', hub.url, '--file', path);
    expect(begun).toMatchObject({ code: 0, err: '' });
    const id = begun.json.application as string;
    expect(statSync(join(home, 'application.json')).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(begun.json)).not.toContain('secret');
    expect(await cairn(home, 'apply', '--hub', hub.url, '--file', path)).toMatchObject({ code: 6 });

    const own = (...args: string[]) => cairn(home, 'application', ...args);
    const vet = (...args: string[]) => cairn(staff, 'application', ...args);
    expect(await own('show')).toMatchObject({ code: 0, json: { id, state: 'DRAFT' } });
    const because = ['--standing', 'does-not-apply', '--because', 'No live video.'];
    expect(await own('update', '--principle', '5', ...because)).toMatchObject({ code: 0 });
    expect(await own('update', '--principle', '5', '--standing', 'in-place')).toMatchObject({ code: 3 });
    expect(await own('documents', 'add', file('extract.txt', 'An extract.'))).toMatchObject({
      code: 0,
      json: { digest: createHash('sha256').update('An extract.').digest('hex') },
    });
    expect(await own('documents', 'add', file('extract.exe', 'x'))).toMatchObject({ code: 2 });
    expect(await own('submit')).toMatchObject({ code: 0, json: { state: 'SUBMITTED' } });

    expect(await own('challenge')).toMatchObject({
      code: 0,
      json: { url: 'https://newcomer.example.org/.well-known/cairn-challenge' },
    });
    expect(await own('checks')).toMatchObject({ code: 0, json: { checks: [] } });
    expect(await own('check-again', '--code', 'domain_control')).toMatchObject({ code: 3 });
    expect(await vet('checks', id)).toMatchObject({ code: 0, json: { checks: [] } });
    expect(await vet('check-again', id, '--code', 'domain_control')).toMatchObject({ code: 3 });
    for (const shown of [
      ['outbox', id],
      ['outbox', id, '--links'],
    ])
      expect(await vet(...shown)).toMatchObject({ code: 0, json: { sentByHub: false, messages: [] } });
    expect(await vet('related', id)).toMatchObject({ code: 0, json: { organisations: [] } });

    expect((await vet('list', '--state', 'submitted')).json.edges).toMatchObject([{ node: { id } }]);
    expect(await vet('review', id)).toMatchObject({ code: 0, json: { state: 'IN_REVIEW' } });
    const check = ['--code', 'legal_entity', '--outcome', 'pass', '--evidence', 'the extract'];
    expect(await vet('check', id, ...check)).toMatchObject({ code: 0 });
    expect((await vet('show', id)).json.checks).toMatchObject([{ code: 'legal_entity', outcome: 'PASS' }]);
    const { json: version } = await vet('version', id);
    const reject = ['--digest', version.digest, '--to', 'reject', '--reasons', 'no_answer'];
    expect(await vet('recommend', id, ...reject)).toMatchObject({ code: 0 });
    // A vetter decides nothing.
    const decision = ['--digest', version.digest, '--to', 'reject'];
    expect(await vet('decide', id, ...decision)).toMatchObject({ code: 3 });
    const question = ['--reason', 'other', '--note', 'Where are you?'];
    expect(await vet('request-info', id, ...question)).toMatchObject({ code: 0 });
    expect(await own('answer', '--note', 'Here.')).toMatchObject({ code: 0, json: { state: 'IN_REVIEW' } });
    expect(await own('withdraw', '--reason', 'not_ready')).toMatchObject({
      code: 0,
      json: { state: 'WITHDRAWN' },
    });
  });

  it('say what is missing or wrong, by exit code', async () => {
    const empty = join(directory, 'empty');
    expect(await cairn(empty, 'application', 'show')).toMatchObject({ code: 6 });
    expect(await cairn(empty, 'application', 'list')).toMatchObject({ code: 6 });
    const none = '0b5e0d1e-3a1c-4a57-9d0f-3f0b8f2f6f11';
    expect(await cairn(staff, 'application', 'show', none)).toMatchObject({ code: 3 });
    expect(await cairn(staff, 'application', 'check', none)).toMatchObject({ code: 2 });
    const path = file('wrong.json', JSON.stringify(profileOf('Not A Name')));
    const refused = await cairn(empty, 'apply', '--hub', hub.url, '--file', path);
    expect([refused.code, JSON.parse(refused.err)]).toMatchObject([
      3,
      { error: { subject: 'profile.handle' } },
    ]);
  });
});
