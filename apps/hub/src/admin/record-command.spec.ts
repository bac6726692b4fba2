import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { ActRefusedError, OPERATOR } from './administer.js';
import { enterCommand, recordCommand } from './record-command.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const run = (work: () => Promise<unknown>): Promise<unknown> => {
  const program = new Command('cairn-hub');
  const admin = program.command('admin').hook('preAction', (_admin, command) => enterCommand(command));
  const action = async (): Promise<void> => void (await recordCommand(database.worker, work));
  admin.command('member').command('add <name>').option('--kind <kind>').action(action);
  return program.parseAsync(['admin', 'member', 'add', 'acme', '--kind', 'ngo'], { from: 'user' });
};

const rows = () =>
  database.admin.read('events', 'system:test', (tx) =>
    tx.query('SELECT actor, act, subject, outcome FROM cairn.audit_event ORDER BY number'),
  );

describe('a command of the operator', () => {
  it('leaves one row in the audit trail, whether it did something or was refused', async () => {
    const event = { actor: OPERATOR, act: 'admin member add', subject: 'acme' };
    await run(() => database.worker.transaction('act', OPERATOR, (tx) => tx.query('SELECT 1')));
    expect(await rows()).toEqual([{ ...event, outcome: 'ok' }]);
    const refusal = new ActRefusedError({ code: 'TAKEN', field: 'member', rule: 'is taken' });
    await expect(run(() => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(await rows()).toEqual([
      { ...event, outcome: 'ok' },
      { ...event, outcome: 'TAKEN' },
    ]);
  });
});
