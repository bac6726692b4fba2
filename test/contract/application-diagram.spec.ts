import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { APPLICATION_STATES, REASONS, TRANSITIONS } from '#libs/membership';
import { RELATIONSHIPS } from '#libs/protocol';
import { createTestDatabase, type TestDatabase } from '#test/postgres';

let databases: TestDatabase;
beforeAll(async () => {
  databases = await createTestDatabase();
});
afterAll(() => databases.drop());

const read = <T extends object>(sql: string): Promise<T[]> =>
  databases.api.read('read-diagram', 'system:test', (tx) => tx.query<T>(sql));

const pairs = TRANSITIONS.map(({ from, to }) => `${from} → ${to}`).sort();

/** The lines of the drawing: steps joined by arrows, each one state or several. */
function drawn(): string[] {
  const page = readFileSync('docs/architecture.md', 'utf8');
  const drawing = /## An application\n.*?```\n(.*?)```/s.exec(page)![1]!;
  return drawing
    .trim()
    .split('\n')
    .flatMap((line) => {
      const steps = line.split(' → ').map((step) => step.split(', '));
      return steps.slice(1).flatMap((to, i) => steps[i]!.flatMap((a) => to.map((b) => `${a} → ${b}`)));
    })
    .sort();
}

describe('the diagram of an application', () => {
  it('is the same in code, database and drawing, and names no pair twice', async () => {
    const rows = await read<{ from: string; to: string; movers: string[] }>(
      'SELECT from_state AS "from", to_state AS "to", movers FROM cairn.application_transition',
    );
    expect(rows.map(({ from, to, movers }) => `${from} → ${to} ${movers.join()}`).sort()).toEqual(
      TRANSITIONS.map(({ from, to, movers }) => `${from} → ${to} ${movers.join()}`).sort(),
    );
    expect(drawn()).toEqual(pairs);
  });

  it('knows the same states, reasons and relationships in code and database', async () => {
    const states = await read<{ name: string }>('SELECT name FROM cairn.application_state');
    expect(states.map(({ name }) => name).sort()).toEqual([...APPLICATION_STATES].sort());
    const reasons = await read<{ line: string }>(
      `SELECT to_state || ' ' || code AS line FROM cairn.application_reason`,
    );
    const inCode = Object.entries(REASONS).flatMap(([state, codes]) =>
      codes.map((code) => `${state} ${code}`),
    );
    expect(reasons.map(({ line }) => line).sort()).toEqual(inCode.sort());
    const [check] = await read<{ text: string }>(
      `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = 'application_endorsement_relationship_ck'`,
    );
    expect([...check!.text.matchAll(/'(\w+)'/g)].map(([, code]) => code)).toEqual([...RELATIONSHIPS]);
  });
});
