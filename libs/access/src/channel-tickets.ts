import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeBase64url, encodeBase64url } from '#libs/keys';
import { deriveSecret } from './derived-secret.js';

/** Life of a ticket in seconds. */
export const TICKET_SECONDS = 300;

const MOST_CHARACTERS = 160;
const FORM = /^([a-z0-9-]{1,63})\.([1-9][0-9]{9,10})\.([\w-]{43})$/;

/** A short-lived right to fetch the static objects of one channel's feed, for one member. */
export interface ChannelTicket {
  /** Fit for a path segment and for a cookie's value. */
  readonly ticket: string;
  readonly expiresAt: Date;
}

/** Why a ticket opens nothing. */
export type TicketCheck =
  | { readonly ok: true; readonly member: string }
  | { readonly ok: false; readonly reason: 'invalid' | 'expired' };

/**
 * Makes and checks channel tickets: `<member>.<expiry, Unix seconds>.<MAC>`, the MAC being HMAC-SHA256 over channel, member and expiry.
 * The channel is not in the ticket: it is the one of the path it is shown for. Nothing is looked up.
 */
export class ChannelTickets {
  private readonly secret: Buffer;

  /** @param secret 32 random bytes that all processes of the hub share */
  constructor(secret: Uint8Array) {
    this.secret = deriveSecret(secret, 'cairn/channel-ticket/v1');
  }

  /** @param now Unix milliseconds */
  issue(channel: string, member: string, now: number): ChannelTicket {
    const expiry = Math.floor(now / 1000) + TICKET_SECONDS;
    const mac = encodeBase64url(this.mac(channel, member, String(expiry)));
    return { ticket: `${member}.${expiry}.${mac}`, expiresAt: new Date(expiry * 1000) };
  }

  /** @param now Unix milliseconds */
  check(ticket: string, channel: string, now: number): TicketCheck {
    const [, member, expiry, mac] = (ticket.length <= MOST_CHARACTERS && FORM.exec(ticket)) || [];
    // Only the one text of each MAC is taken, so that a ticket has one spelling.
    const shown = mac === undefined ? null : decodeBase64url(mac);
    if (shown === null || !timingSafeEqual(shown, this.mac(channel, member!, expiry!))) {
      return { ok: false, reason: 'invalid' };
    }
    return Number(expiry) * 1000 > now ? { ok: true, member: member! } : { ok: false, reason: 'expired' };
  }

  /** Names hold no line feed, so no two triples give one text. */
  private mac(channel: string, member: string, expiry: string): Buffer {
    return createHmac('sha256', this.secret).update(`${channel}\n${member}\n${expiry}`).digest();
  }
}
