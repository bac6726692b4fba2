import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generateSigningKey, type SigningKey } from '#libs/keys';
import { must, TestHub, WAIVED } from '#test/hub';
import { jwkOf, KeyCeremony, OWN_ADMIN } from '#test/key-ceremony';
import { assertion, TestMember } from '#test/member';
import { KEY_STANDS } from '../member-directory.js';
import { KeyLifecycle } from './key-lifecycle.js';
import type { KeyChallenge } from './key-registrations.js';

const RUNS = Number(process.env['KEY_STATE_RUNS'] ?? 12);
const STEPS = 40;
const STATES = ['pending', 'active', 'retiring', 'retired', 'revoked', 'withdrawn'];

/** Every move that the diagram has; null is a key's beginning. */
const LEGAL = new Set([
  'null>pending',
  'pending>active',
  'pending>withdrawn',
  'pending>revoked',
  'active>retiring',
  'active>revoked',
  'retiring>retired',
  'retiring>revoked',
]);

const index = fc.nat({ max: 7 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('request' as const), key: index }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('prove' as const), key: index, signer: index, witness: index }),
  },
  {
    weight: 9,
    arbitrary: fc.record({ kind: fc.constant('confirm' as const), key: index, person: fc.nat({ max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), key: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retire' as const), key: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('overlap-ends' as const), key: index }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('revoke' as const), key: index, ago: fc.nat({ max: 50 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('submit' as const), key: index }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('sql' as const),
      key: index,
      state: fc.constantFrom(...STATES),
      login: fc.constantFrom('api' as const, 'worker' as const),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

let hub: TestHub;
let ceremony: KeyCeremony;
let lifecycle: KeyLifecycle;
let staff: number[];
let runs = 0;
const moves = new Set<string>();

beforeAll(async () => {
  hub = await TestHub.create();
  ceremony = new KeyCeremony(hub.databases, hub.origin);
  lifecycle = new KeyLifecycle(hub.databases.api);
  staff = await ceremony.people(3);
});
afterAll(() => hub.drop());

/** One member with the keys it may use, and the challenges it was given. */
class Run {
  readonly member = `member-${++runs}`;
  readonly keys: SigningKey[] = Array.from({ length: 8 }, () => generateSigningKey());
  readonly challenges = new Map<string, KeyChallenge>();
  lines = 0;

  async begin(): Promise<void> {
    const { member } = this;
    const facts = { member, name: member, kind: 'platform', group: member, accredited: false } as const;
    must(await hub.members.admit('system:test', facts));
    must(await hub.channels.setRight('system:test', member, 'csam', { submit: true, receive: true }, WAIVED));
    await hub.settle();
    await ceremony.administer(member);
  }

  async act(next: Step): Promise<void> {
    if (next.kind === 'settle') {
      await ceremony.statements.sweep();
      return hub.settle();
    }
    const key = this.keys[next.key]!;
    const name = { member: this.member, key: key.publicKey.kid };
    switch (next.kind) {
      case 'request': {
        const { member } = this;
        const asked = await ceremony.registrations.request(OWN_ADMIN, {
          member,
          purpose: 'signing',
          jwk: jwkOf(key),
        });
        if (asked.ok) this.challenges.set(name.key, asked.challenge);
        return;
      }
      case 'prove':
        return this.prove(key, this.keys[next.signer]!, this.keys[next.witness]!);
      case 'confirm': {
        const fingerprint = this.challenges.get(name.key)?.fingerprint ?? '';
        await ceremony.registrations.confirm(staff[next.person]!, { ...name, fingerprint });
        return;
      }
      case 'withdraw':
        await ceremony.registrations.withdraw(OWN_ADMIN, name);
        return;
      case 'retire':
        await lifecycle.retire(OWN_ADMIN, name);
        return;
      case 'overlap-ends':
        return endOverlap(name.key);
      case 'revoke':
        await lifecycle.revoke(OWN_ADMIN, {
          ...name,
          reason: 'compromised',
          since: new Date(Date.now() - next.ago),
        });
        return;
      case 'submit':
        return this.submit(key);
      case 'sql':
        return forceState(next.login, name.key, next.state);
    }
  }

  /** Half of the time by the right key; the witness is any. */
  private async prove(key: SigningKey, signer: SigningKey, witness: SigningKey): Promise<void> {
    const challenge = this.challenges.get(key.publicKey.kid);
    if (challenge === undefined) return;
    const own = this.keys.indexOf(signer) % 4 === 0 ? signer : key;
    const [proof, witnessProof] = await Promise.all(
      [own, witness].map((by) => ceremony.proof(this.member, 'signing', challenge, by)),
    );
    const { member } = this;
    await ceremony.registrations.prove(OWN_ADMIN, {
      member,
      key: challenge.key,
      proof: proof!,
      witnessProof: witnessProof!,
    });
  }

  /** A submission counts if and only if its key stands. */
  private async submit(key: SigningKey): Promise<void> {
    const author = new TestMember(this.member, hub.origin, key);
    const value = `${runs}${String(++this.lines).padStart(4, '0')}`.padStart(64, '0');
    const claims = { iat: Math.floor(Date.now() / 1000) - 60 };
    const standing = await stands(key.publicKey.kid);
    const received = await hub.receive(
      author,
      await author.batch('csam', [assertion('sha256', value)], claims),
    );
    expect(received.ok).toBe(standing);
  }
}

async function endOverlap(key: string): Promise<void> {
  await hub.databases.admin.transaction('end-overlap', 'system:test', async (tx) => {
    await tx.query('ALTER TABLE cairn.member_key DISABLE TRIGGER member_key_guard');
    await tx.query(
      `UPDATE cairn.member_key SET not_after = not_after - interval '8 days', overlap_ends_at = overlap_ends_at - interval '8 days'
        WHERE thumbprint = $1 AND state = 'retiring'`,
      [key],
    );
    await tx.query('ALTER TABLE cairn.member_key ENABLE TRIGGER member_key_guard');
  });
}

/** What somebody with a login of the hub could try: every column at once, so that no constraint but the rules is in the way. */
async function forceState(login: 'api' | 'worker', key: string, state: string): Promise<void> {
  const ended = ['retired', 'revoked'].includes(state);
  // The worker is who logs keys, so it could say that one is logged; what it could not is log one whose registration is not complete.
  const logged =
    login === 'worker' && ['active', 'retiring'].includes(state)
      ? {
          set: 'added_index = coalesce(added_index, 0),',
          where: `AND (added_index IS NOT NULL OR ${INCOMPLETE})`,
        }
      : { set: '', where: '' };
  const sql = `UPDATE cairn.member_key k SET ${logged.set} state = $2::text, end_reason = coalesce(end_reason, $3),
      not_after = CASE WHEN $2 = 'retiring' THEN coalesce(not_after, now()) ELSE not_after END,
      overlap_ends_at = CASE WHEN $2 = 'retiring' THEN coalesce(overlap_ends_at, now() + interval '8 days') ELSE overlap_ends_at END
    WHERE thumbprint = $1 AND state <> 'withdrawn' AND state <> $2 AND $2 <> 'retired' ${logged.where}`;
  await hub.databases[login]
    .transaction('force-state', OWN_ADMIN, (tx) => tx.query(sql, [key, state, ended ? 'lost' : null]))
    .catch((error: unknown) => refusals.add((error as Error).message));
}

const refusals = new Set<string>();
const INCOMPLETE =
  'NOT EXISTS (SELECT FROM cairn.key_registration r WHERE r.key_id = k.id AND r.completed_at IS NOT NULL)';

async function stands(key: string): Promise<boolean> {
  const rows = await hub.worker.read('stands', 'system:test', (tx) =>
    tx.query(`SELECT 1 FROM cairn.member_key k WHERE thumbprint = $1 AND ${KEY_STANDS}`, [key]),
  );
  return rows.length === 1;
}

/** Reads the tables by themselves, not through the code under test. */
async function checkRules(member: string): Promise<void> {
  const rows = await hub.worker.read('rules', 'system:test', (tx) =>
    tx.query<{
      state: string;
      stands: boolean;
      effect: boolean;
      behind: boolean;
      last: string;
      moves: string[];
    }>(
      `SELECT k.state, ${KEY_STANDS} AS stands, (k.added_index IS NOT NULL) AS effect,
              (r.proof IS NOT NULL AND CASE k.route
                 WHEN 'ceremony' THEN r.first_confirmer IS NOT NULL AND r.second_confirmer IS NOT NULL
                   AND r.first_confirmer <> r.second_confirmer
                 ELSE EXISTS (SELECT FROM cairn.member_key w WHERE w.id = r.witness_id AND w.id <> k.id
                   AND w.member_id = k.member_id AND w.added_index IS NOT NULL) END) AS behind,
              (SELECT e.to_state FROM cairn.key_event e WHERE e.key_id = k.id ORDER BY e.id DESC LIMIT 1) AS last,
              ARRAY(SELECT coalesce(e.from_state, 'null') || '>' || e.to_state FROM cairn.key_event e
                     WHERE e.key_id = k.id ORDER BY e.id) AS moves
         FROM cairn.member_key k JOIN cairn.member m ON m.id = k.member_id
         LEFT JOIN cairn.key_registration r ON r.key_id = k.id WHERE m.handle = $1`,
      [member],
    ),
  );
  for (const row of rows) {
    expect({ ...row, ok: !row.effect || row.behind }).toMatchObject({ ok: true });
    expect({ ...row, ok: !row.stands || ['active', 'retiring'].includes(row.state) }).toMatchObject({
      ok: true,
    });
    expect(row.last).toBe(row.state);
    for (const move of row.moves) {
      expect(LEGAL).toContain(move);
      moves.add(move);
    }
  }
}

/** No entry that a revoked key signed counts from the index on that its revocation names. */
async function checkEffects(): Promise<void> {
  const [row] = await hub.worker.read('effects', 'system:test', (tx) =>
    tx.query<{ wrong: number }>(
      `SELECT count(*)::integer AS wrong FROM cairn.entry e JOIN cairn.member_key k ON k.id = e.key_id
        WHERE e.effect = 0 AND NOT e.void AND (k.added_index IS NULL OR e.log_index < k.added_index
           OR e.log_index >= k.void_from OR e.log_index > k.revoked_index)`,
    ),
  );
  expect(row!.wrong).toBe(0);
}

/** Together with the walk's fixed beginning and end these take every move, and try three that are none. */
const EVERY_MOVE: Step[][] = [
  [
    ...Array.from({ length: 3 }, (): Step => ({ kind: 'settle' })),
    { kind: 'sql', key: 0, state: 'active', login: 'worker' },
    { kind: 'request', key: 2 },
    { kind: 'sql', key: 2, state: 'active', login: 'worker' },
    { kind: 'withdraw', key: 2 },
    { kind: 'request', key: 3 },
    { kind: 'prove', key: 3, signer: 3, witness: 1 },
    { kind: 'revoke', key: 3, ago: 0 },
    { kind: 'settle' },
    { kind: 'sql', key: 1, state: 'pending', login: 'api' },
    { kind: 'revoke', key: 1, ago: 10 },
    { kind: 'revoke', key: 0, ago: 10 },
  ],
  Array.from({ length: 3 }, (): Step => ({ kind: 'settle' })),
];

describe('the states of keys', () => {
  it('are reached by legal moves alone, and no key has effect that the rules do not carry', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: STEPS, maxLength: STEPS }), async (steps) => {
        const run = new Run();
        await run.begin();
        for (const next of walkedThrough(steps)) {
          await run.act(next);
          await checkRules(run.member);
        }
        await run.act({ kind: 'settle' });
        await checkRules(run.member);
        await checkEffects();
      }),
      { numRuns: RUNS, endOnFailure: true, examples: EVERY_MOVE.map((steps) => [steps]) },
    );
    expect(moves).toEqual(LEGAL);
    expect([...refusals].sort()).toEqual(
      expect.arrayContaining([
        'a key does not go from active to pending',
        'a key does not go from retiring to active',
        'the registration of a key is not complete',
      ]),
    );
  }, 300_000);
});

/** A random walk alone rarely meets one key four times in order: each begins with a first key that is nearly there. */
function walkedThrough(steps: readonly Step[]): Step[] {
  const key = 0;
  const first: Step[] = [
    { kind: 'request', key },
    { kind: 'prove', key, signer: 0, witness: 1 },
    { kind: 'confirm', key, person: 0 },
    { kind: 'confirm', key, person: 1 },
  ];
  const then: Step[] = [
    { kind: 'settle' },
    { kind: 'submit', key },
    { kind: 'request', key: 1 },
    { kind: 'prove', key: 1, signer: 1, witness: 0 },
    { kind: 'settle' },
    { kind: 'retire', key },
  ];
  return [
    ...first,
    ...steps.slice(0, 3),
    ...then,
    ...steps.slice(3),
    { kind: 'overlap-ends', key },
    { kind: 'settle' },
  ];
}
