import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChannelTickets, TICKET_SECONDS } from './channel-tickets.js';

const SECRET = Buffer.alloc(32, 7);
const NOW = Date.UTC(2026, 10, 22, 12);
const tickets = new ChannelTickets(SECRET);
const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/);

describe('channel tickets', () => {
  const { ticket, expiresAt } = tickets.issue('csam', 'alice', NOW);

  it('open the channel they were made for, for whoever made them', () => {
    expect(tickets.check(ticket, 'csam', NOW)).toEqual({ ok: true, member: 'alice' });
  });

  it('last five minutes and not a millisecond longer', () => {
    expect(expiresAt.getTime()).toBe(NOW + TICKET_SECONDS * 1000);
    expect(tickets.check(ticket, 'csam', expiresAt.getTime() - 1).ok).toBe(true);
    expect(tickets.check(ticket, 'csam', expiresAt.getTime())).toEqual({ ok: false, reason: 'expired' });
  });

  it('are the same in every process that has the secret, and worth nothing under another', () => {
    expect(new ChannelTickets(Buffer.from(SECRET)).check(ticket, 'csam', NOW).ok).toBe(true);
    expect(new ChannelTickets(Buffer.alloc(32, 8)).check(ticket, 'csam', NOW).ok).toBe(false);
  });

  it('open no other channel', () => {
    fc.assert(
      fc.property(name, name, name, (channel, other, member) => {
        fc.pre(channel !== other);
        const made = tickets.issue(channel, member, NOW).ticket;
        expect(tickets.check(made, channel, NOW)).toEqual({ ok: true, member });
        expect(tickets.check(made, other, NOW)).toEqual({ ok: false, reason: 'invalid' });
      }),
    );
  });

  it('cannot be lengthened or passed to another member', () => {
    const [member, expiry, mac] = ticket.split('.');
    const forged = [
      `${member}.${Number(expiry) + 1}.${mac}`,
      `bob.${expiry}.${mac}`,
      `alice2.${expiry}.${mac}`,
    ];
    for (const text of forged)
      expect(tickets.check(text, 'csam', NOW)).toEqual({ ok: false, reason: 'invalid' });
  });

  it('have one spelling', () => {
    const [member, expiry, mac] = ticket.split('.') as [string, string, string];
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const endings = [...alphabet].map((last) => `${member}.${expiry}.${mac.slice(0, -1)}${last}`);
    expect(endings.filter((text) => tickets.check(text, 'csam', NOW).ok)).toEqual([ticket]);
    const others = [
      `${ticket}=`,
      `${ticket}\n`,
      ` ${ticket}`,
      `${member}.0${expiry}.${mac}`,
      `${ticket}.`,
      '',
    ];
    for (const text of others) expect(tickets.check(text, 'csam', NOW).ok).toBe(false);
  });

  it('are not opened by any change of one character', () => {
    for (let i = 0; i < ticket.length; i++) {
      const other = ticket[i] === 'a' ? 'b' : 'a';
      const changed = ticket.slice(0, i) + other + ticket.slice(i + 1);
      expect(tickets.check(changed, 'csam', NOW).ok).toBe(false);
    }
  });

  it('do not confuse a name with what follows it', () => {
    const made = tickets.issue('a-b', 'c', NOW).ticket;
    expect(tickets.check(made, 'a', NOW).ok).toBe(false);
    expect(tickets.check(made.replace(/^c/, 'b-c'), 'a', NOW).ok).toBe(false);
  });
});
