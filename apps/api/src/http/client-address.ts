import { isIP } from 'node:net';
import type { Request } from './fastify.types.js';

/**
 * Where a request comes from, to count requests by. A proxy on this machine says so in the last place of `X-Forwarded-For`; from anybody
 * else that header is what the sender likes. An IPv6 address counts by its first 64 bits: whoever has one has all of those.
 */
export function clientAddress({ ip, headers }: Pick<Request, 'ip' | 'headers'>): string {
  const header = headers['x-forwarded-for'];
  const forwarded = String(header ?? '')
    .split(',')
    .at(-1)!
    .trim();
  const address = isLoopback(ip) && isIP(forwarded) !== 0 ? forwarded : ip;
  return isIP(address) === 6 ? networkOf(address) : address;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

/** The first four groups, or the IPv4 address that is mapped into it. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1]!;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
