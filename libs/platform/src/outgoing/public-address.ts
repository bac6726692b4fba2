import ipaddr from 'ipaddr.js';

/**
 * Whether an IP address is a public host on the Internet: not loopback, link-local (so no metadata service of a cloud), private, shared,
 * multicast, reserved, or an IPv6 address that stands for an IPv4 one and could lead anywhere (RFC 6890, RFC 4291 §2.5.5, RFC 6052, RFC 3056).
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'unicast';
}

/** Whether an IP address is one of this machine itself. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback';
}
