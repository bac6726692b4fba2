import { createHmac, timingSafeEqual } from 'node:crypto';
import { decodeBase64url, encodeBase64url } from '#libs/keys';
import { TICKET_SECONDS } from './channel-tickets.js';
import { deriveSecret } from './derived-secret.js';

/** For whom a ticket is: a member's machine, or an auditor under a recorded grant. All by the id of their row. */
export type ReplayReader =
  | { readonly kind: 'member'; readonly id: number }
  | { readonly kind: 'person'; readonly id: number; readonly grant: number };

/** Why a ticket opens nothing. */
export type ReplayTicketCheck =
  | { readonly ok: true; readonly reader: ReplayReader }
  | { readonly ok: false; readonly reason: 'invalid' | 'expired' };

const FORM = /^([mp])([1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,14})\.([1-9][0-9]{9,10})\.([\w-]{43})$/;

/**
 * Makes and checks tickets for what stands behind the log: `<m or p><id>.<grant>.<expiry, Unix seconds>.<MAC>`, the MAC being HMAC-SHA256
 * over what is before it, with a key that no other ticket has. A member has the grant 0.
 */
export class ReplayTickets {
  private readonly secret: Buffer;

  /** @param secret 32 random bytes that all processes of the hub share */
  constructor(secret: Uint8Array) {
    this.secret = deriveSecret(secret, 'cairn/replay-ticket/v1');
  }

  /** @param now Unix milliseconds */
  issue(reader: ReplayReader, now: number): { readonly ticket: string; readonly expiresAt: Date } {
    const expiry = Math.floor(now / 1000) + TICKET_SECONDS;
    const who = reader.kind === 'member' ? `m${reader.id}.0` : `p${reader.id}.${reader.grant}`;
    const text = `${who}.${expiry}`;
    const ticket = `${text}.${encodeBase64url(this.mac(text))}`;
    return { ticket, expiresAt: new Date(expiry * 1000) };
  }

  /** @param now Unix milliseconds */
  check(ticket: string, now: number): ReplayTicketCheck {
    const [, kind, id, grant, expiry, mac] = FORM.exec(ticket) ?? [];
    // Only the one text of each MAC is taken, so that a ticket has one spelling.
    const shown = mac === undefined ? null : decodeBase64url(mac);
    const text = `${kind}${id}.${grant}.${expiry}`;
    if (shown === null || !timingSafeEqual(shown, this.mac(text))) return { ok: false, reason: 'invalid' };
    if (Number(expiry) * 1000 <= now) return { ok: false, reason: 'expired' };
    if (kind === 'm') return { ok: true, reader: { kind: 'member', id: Number(id) } };
    return { ok: true, reader: { kind: 'person', id: Number(id), grant: Number(grant) } };
  }

  private mac(text: string): Buffer {
    return createHmac('sha256', this.secret).update(text).digest();
  }
}
