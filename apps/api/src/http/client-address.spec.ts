import { describe, expect, it } from '@jest/globals';
import { clientAddress } from './client-address.js';

describe('where a request comes from', () => {
  it.each([
    ['203.0.113.7', undefined, '203.0.113.7'],
    ['203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:127.0.0.1', '192.0.2.1, 198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', 'unknown', '127.0.0.1'],
    ['::ffff:203.0.113.7', undefined, '203.0.113.7'],
    ['2001:db8::1', undefined, '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:ffff::9', undefined, '2001:db8:0:0::/64'],
    ['::1', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', undefined, '0:0:0:0::/64'],
  ])('of %s saying %s is %s', (ip, forwarded, address) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect(clientAddress({ ip, headers })).toBe(address);
  });
});
