import { describe, expect, it } from '@jest/globals';
import type { Caller } from '#libs/access';
import { requirePurpose } from './require-purpose.js';

const STAFF = { role: 'person' } as Caller;

describe('requirePurpose', () => {
  it('takes the words of staff, and asks members for none', () => {
    expect(requirePurpose(STAFF, 'file 12/34 of 2026-11-29')).toBe('file 12/34 of 2026-11-29');
    expect(requirePurpose(STAFF, null)).toBeNull();
    expect(requirePurpose({ role: 'member' } as Caller, 'x')).toBeNull();
  });

  it.each(['', ' ', 'a\nb', 'x'.repeat(201)])('refuses %j', (purpose) => {
    expect(() => requirePurpose(STAFF, purpose)).toThrow('1 to 200 printable characters');
  });

  it.each(['ab'.repeat(16), 'AB:'.repeat(16), '0123 4567-'.repeat(4)])('refuses a hash: %j', (value) => {
    expect(() => requirePurpose(STAFF, `about ${value}`)).toThrow('must not name a value');
  });
});
