import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toHex } from '#libs/protocol';
import { AuditChain, nextLink, type TrailEvent } from './audit-chain.js';

const anyEvent = fc.record({
  time: fc.nat(),
  actor: fc.constantFrom('person:1', 'person:2', 'system:operator'),
  act: fc.constantFrom('recallMember', 'admin member add'),
  subject: fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/\p{C}/gu, ' ')),
  inputs: fc.constantFrom('00'.repeat(32), 'ab'.repeat(32)),
  outcome: fc.constantFrom('ok', 'NOT_ALLOWED'),
});

const anyTrail = fc.array(anyEvent, { minLength: 1, maxLength: 20 }).map((events) => {
  let before: Uint8Array = new Uint8Array(32);
  return events.map((event, i): TrailEvent => {
    before = nextLink(before, { ...event, number: i + 1 });
    return { ...event, number: i + 1, chain: toHex(before) };
  });
});

const follow = (events: readonly TrailEvent[]): string | null => {
  const chain = new AuditChain();
  return events.map((event) => chain.add(event)).find((wrong) => wrong !== null) ?? null;
};

describe('the chain of the audit trail', () => {
  it('is SHA-256 over the value before and the lines of the event', () => {
    const event = {
      number: 1,
      time: 5,
      actor: 'person:1',
      act: 'recallMember',
      subject: 'acme',
      inputs: '00',
      outcome: 'ok',
    };
    const text = 'cairn-audit/1\n1\n5\nperson:1\nrecallMember\nacme\n00\nok\n';
    const expected = createHash('sha256').update(Buffer.alloc(32)).update(text).digest('hex');
    expect(toHex(nextLink(new Uint8Array(32), event))).toBe(expected);
  });

  it('has the value of the worked example in docs/protocol-audit.md', () => {
    const event = {
      ...{ number: 1, time: 1_795_400_000_000, actor: 'person:1', act: 'recallMember', subject: 'acme' },
      ...{ inputs: createHash('sha256').update('{}').digest('hex'), outcome: 'ok' },
    };
    expect(toHex(nextLink(new Uint8Array(32), event))).toBe(
      'cf30bdbd0fed126fcf801612d8eb6dbee491ae57bfc3070120b2b1aa71357c2b',
    );
  });

  it('holds for a whole trail, and breaks at any event that is changed or left out', () => {
    fc.assert(
      fc.property(
        anyTrail,
        fc.nat(),
        fc.constantFrom('actor', 'act', 'subject', 'outcome', 'time'),
        (trail, n, field) => {
          expect(follow(trail)).toBeNull();
          const at = n % trail.length;
          const changed = trail.map((event, i) =>
            i === at
              ? { ...event, [field]: field === 'time' ? event.time + 1 : `${event[field as 'act']}x` }
              : event,
          );
          expect(follow(changed)).toBe(`event ${at + 1} is not what its chain value says`);
          if (at < trail.length - 1)
            expect(follow(trail.filter((_, i) => i !== at))).toBe(`event ${at + 1} is missing`);
        },
      ),
    );
  });
});
