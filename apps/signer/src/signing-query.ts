import type { SigningRequest } from '#libs/ledger';

/** A request that breaks a rule of docs/protocol-signer.md; the message names the parameter. */
export class BadRequest extends Error {}

/** What a worker asks for, and from which leaf on it sends entries. */
export function readSigningQuery(query: URLSearchParams): SigningRequest & { from: number } {
  return {
    origin: readOrigin(query),
    from: readInteger(query, 'from'),
    size: readInteger(query, 'size'),
    published: readInteger(query, 'published'),
    root: readRoot(query),
  };
}

/** The name of a log (C2SP signed-note: neither space nor plus nor line end). */
export function readOrigin(query: URLSearchParams): string {
  const origin = query.get('origin') ?? '';
  if (!/^[\x21-\x2a\x2c-\x7e]{1,512}$/.test(origin))
    throw new BadRequest('origin: must be the name of a log');
  return origin;
}

function readInteger(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  const value = Number(text);
  if (!/^(?:0|[1-9]\d{0,15})$/.test(text) || !Number.isSafeInteger(value))
    throw new BadRequest(`${name}: must be a decimal integer below 2^53`);
  return value;
}

function readRoot(query: URLSearchParams): Uint8Array {
  const text = query.get('root') ?? '';
  if (!/^[0-9a-f]{64}$/.test(text)) throw new BadRequest('root: must be 64 lower-case hex digits');
  return Buffer.from(text, 'hex');
}
