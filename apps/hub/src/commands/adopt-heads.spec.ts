import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { FileSignerRecord, type SignedHead } from '#libs/ledger';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { enterCommand, recordCommand } from '../admin/record-command.js';
import { adoptHeads } from './adopt-heads.js';

let database: TestDatabase;
let folder: string;
let path: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'cairn-adopt-'));
  path = join(folder, 'heads.json');
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database?.drop();
});

const none = new Map<string, SignedHead>();

const adopt = (): Promise<unknown> => {
  const program = new Command('cairn-hub');
  const command = program.command('signer').command('adopt').option('--confirm');
  command.action(async () => {
    enterCommand(command);
    await recordCommand(database.worker, () => adoptHeads(database.worker, path, none));
  });
  return program.parseAsync(['signer', 'adopt', '--confirm'], { from: 'user' });
};

const rows = () =>
  database.admin.read('events', 'system:test', (tx) =>
    tx.query('SELECT actor, act, subject, outcome FROM cairn.audit_event ORDER BY number'),
  );

describe('the adoption of heads', () => {
  const event = { actor: 'system:operator', act: 'signer adopt', subject: '' };

  it('writes the record, and a row in the audit trail', async () => {
    await adopt();
    expect(new FileSignerRecord(path).heads()).toEqual(none);
    expect(await rows()).toEqual([{ ...event, outcome: 'ok' }]);
  });

  it('overwrites no record, and says so in the trail', async () => {
    await expect(adopt()).rejects.toMatchObject({ code: 'process-failed' });
    expect(await rows()).toEqual([
      { ...event, outcome: 'ok' },
      { ...event, outcome: 'FAILED' },
    ]);
  });
});
