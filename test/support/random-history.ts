import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { requestStatement } from '#libs/ledger';
import { TestEraser } from './erasures.js';
import { must, POLICY, type TestHub, WAIVED } from './hub.js';
import { assertion, retraction, type TestEntry, type TestMember } from './member.js';

const value = (n: number): string => createHash('sha256').update(`signal ${n}`).digest('hex');
const TODAY = Math.floor(Date.now() / 86_400_000);
const day = (n: number): string => new Date(n * 86_400_000).toISOString().slice(0, 10);

/** What may happen next to a hub. */
export type Step =
  | { kind: 'submit'; member: number; named: boolean; entries: readonly TestEntry[] }
  | { kind: 'revoke'; member: number; back: number }
  | { kind: 'status'; member: number; status: 'active' | 'probation' | 'suspended' }
  | { kind: 'recall'; member: number; back: number }
  | { kind: 'right'; member: number; submit: boolean }
  | { kind: 'group'; member: number; group: string }
  | { kind: 'corroboration'; groups: number }
  | { kind: 'narrow' }
  | { kind: 'tick' }
  | { kind: 'erase'; picks: readonly number[]; purge: boolean }
  | { kind: 'settle' };

const member = fc.integer({ min: 0, max: 3 });
const entry: fc.Arbitrary<TestEntry> = fc.oneof(
  fc
    .record({
      n: fc.integer({ min: 0, max: 7 }),
      labels: fc.subarray(['a1', 'b2']),
      expires: fc.option(fc.integer({ min: TODAY - 2, max: TODAY + 2 }), { nil: undefined }),
    })
    .map(({ n, labels, expires }) =>
      assertion('sha256', value(n), {
        ...(labels.length > 0 ? { labels } : {}),
        ...(expires === undefined ? {} : { expires: day(expires) }),
      }),
    ),
  fc
    .record({ n: fc.integer({ min: 0, max: 7 }), quality: fc.integer({ min: 0, max: 100 }) })
    .map(({ n, quality }) => assertion('pdq', value(n), { quality })),
  fc
    .record({
      n: fc.integer({ min: 0, max: 7 }),
      reason: fc.constantFrom('error', 'false_positive', 'legal'),
    })
    .map(({ n, reason }) => retraction('sha256', value(n), reason)),
);
/** Any next step of a random history. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      member,
      named: fc.boolean(),
      entries: fc.array(entry, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('revoke' as const),
      member,
      back: fc.integer({ min: 0, max: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('status' as const),
      member,
      status: fc.constantFrom('active' as const, 'probation' as const, 'suspended' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('recall' as const),
      member,
      back: fc.integer({ min: 0, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('right' as const), member, submit: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('group' as const),
      member,
      group: fc.constantFrom('north', 'south'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('corroboration' as const), groups: fc.constantFrom(2, 3) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'narrow' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'tick' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('erase' as const),
      picks: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
      purge: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ kind: 'settle' as const }) },
);

/** A log index so many statements back from the log's end. */
async function indexBefore(hub: TestHub, back: number): Promise<number> {
  const [log] = await hub.worker.read('size', 'system:test', (tx) =>
    tx.query<{ size: number }>('SELECT size::float8 AS size FROM cairn.log WHERE feed IS NULL'),
  );
  return Math.max(0, log!.size - back);
}

/** Four members of a hub, admitted for a random history. */
export async function admitMembers(hub: TestHub): Promise<TestMember[]> {
  const members: TestMember[] = [];
  for (const [i, kind] of (['platform', 'hotline', 'platform', 'ngo'] as const).entries()) {
    members.push(await hub.admit(`member-${i}`, { kind, accredited: i === 1 }));
  }
  return members;
}

/** Makes a random history happen. @param revoked names of the members whose key is revoked; it grows */
export async function runSteps(
  hub: TestHub,
  members: readonly TestMember[],
  steps: readonly Step[],
  revoked = new Set<string>(),
): Promise<void> {
  let eraser: TestEraser | null = null;
  const act = async (next: Step): Promise<void> => {
    switch (next.kind) {
      case 'submit': {
        const author = members[next.member]!;
        const attribution = next.named ? 'named' : 'anonymous';
        await hub.receive(author, await author.batch('csam', next.entries, { attribution }));
        return;
      }
      case 'revoke': {
        const { name, signing } = members[next.member]!;
        if (revoked.has(name)) return;
        revoked.add(name);
        const from = await indexBefore(hub, next.back);
        must(await hub.members.revokeKey('system:test', name, signing.publicKey.kid, 'compromised', from));
        return;
      }
      case 'recall': {
        const from = await indexBefore(hub, next.back);
        return must(await hub.members.recall('system:test', members[next.member]!.name, from));
      }
      case 'status':
        return must(await hub.members.setStatus('system:test', members[next.member]!.name, next.status));
      case 'right': {
        const rights = { submit: next.submit, receive: true };
        return must(
          await hub.channels.setRight('system:test', members[next.member]!.name, 'csam', rights, WAIVED),
        );
      }
      case 'group':
        return must(await hub.members.regroup('system:test', members[next.member]!.name, next.group));
      case 'corroboration':
        return must(
          await hub.channels.setPolicy('system:test', 'csam', { ...POLICY, corroboration: next.groups }),
        );
      case 'narrow':
        return must(await hub.channels.setPolicy('system:test', 'csam', { ...POLICY, types: ['sha256'] }));
      case 'tick':
        await hub.worker.transaction('tick', 'system:test', (tx) =>
          requestStatement(tx, `tick:${Math.random()}`, { kind: 'tick' }),
        );
        return;
      case 'erase': {
        eraser ??= await TestEraser.on({ api: hub.databases.api, worker: hub.worker, origin: hub.origin });
        for (const pick of next.picks) {
          const lines = await eraser.pick(pick);
          if (lines.length > 0) await eraser.erase(lines);
        }
        if (next.purge) await eraser.purge();
        return;
      }
      case 'settle':
        return hub.settle();
    }
  };
  for (const next of steps) {
    await act(next);
    if (Math.random() < 0.5) await hub.decideAll();
  }
}
