import { isLoopbackAddress } from '../outgoing/public-address.js';

/** Whether the host name of a URL is this machine itself. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || isLoopbackAddress(hostname.replace(/^\[|\]$/g, ''));
}
