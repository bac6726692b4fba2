import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChannelTickets, TICKET_SECONDS } from './channel-tickets.js';
import { ReplayTickets, type ReplayReader } from './replay-tickets.js';

const NOW = 1_795_400_000_000;
const tickets = new ReplayTickets(new Uint8Array(32).fill(1));
const id = fc.integer({ min: 1, max: 999_999_999 });
const reader: fc.Arbitrary<ReplayReader> = fc.oneof(
  id.map((one) => ({ kind: 'member' as const, id: one })),
  fc.tuple(id, id).map(([one, grant]) => ({ kind: 'person' as const, id: one, grant })),
);

describe('replay tickets', () => {
  it('open for whom they were made, for five minutes', () => {
    fc.assert(
      fc.property(reader, (one) => {
        const { ticket, expiresAt } = tickets.issue(one, NOW);
        expect(expiresAt.getTime()).toBe(NOW + TICKET_SECONDS * 1000);
        expect(tickets.check(ticket, expiresAt.getTime() - 1)).toEqual({ ok: true, reader: one });
        expect(tickets.check(ticket, expiresAt.getTime())).toEqual({ ok: false, reason: 'expired' });
      }),
    );
  });

  it('open nothing with one character changed, under another secret, or when made for a channel', () => {
    const { ticket } = tickets.issue({ kind: 'person', id: 12, grant: 34 }, NOW);
    for (let at = 0; at < ticket.length; at++) {
      const changed = ticket.slice(0, at) + (ticket[at] === '1' ? '2' : '1') + ticket.slice(at + 1);
      expect(tickets.check(changed, NOW)).toEqual({ ok: false, reason: 'invalid' });
    }
    const secret = new Uint8Array(32).fill(2);
    expect(new ReplayTickets(secret).check(ticket, NOW).ok).toBe(false);
    const channel = new ChannelTickets(new Uint8Array(32).fill(1)).issue('csam', 'm1', NOW);
    expect(tickets.check(channel.ticket, NOW).ok).toBe(false);
  });
});
