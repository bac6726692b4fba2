import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SealedCursors } from './sealed-cursors.js';

const cursors = new SealedCursors(Buffer.alloc(32, 3));
const SCOPE = { member: 'alice', list: 'feeds' };

describe('sealed cursors', () => {
  it('give back the position that was sealed', () => {
    const part = fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeNat(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (position) => {
        expect(cursors.open(SCOPE, cursors.seal(SCOPE, position))).toEqual(position);
      }),
    );
  });

  it('are worth nothing for another member, another list or another hub', () => {
    const cursor = cursors.seal(SCOPE, ['csam']);
    expect(cursors.open({ ...SCOPE, member: 'bob' }, cursor)).toBeNull();
    expect(cursors.open({ ...SCOPE, list: 'entries/1' }, cursor)).toBeNull();
    expect(new SealedCursors(Buffer.alloc(32, 4)).open(SCOPE, cursor)).toBeNull();
  });

  it('do not show the position', () => {
    const cursor = cursors.seal(SCOPE, ['csam', 123_456_789]);
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toMatch(/csam|123456789/);
  });

  it('are refused when any bit is flipped', () => {
    const bytes = Buffer.from(cursors.seal(SCOPE, ['csam', 1]), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(cursors.open(SCOPE, flipped.toString('base64url'))).toBeNull();
    }
  });

  it('are refused when they are cut, padded, too long or no cursor at all', () => {
    const cursor = cursors.seal(SCOPE, ['csam']);
    const others = [
      cursor.slice(0, -4),
      `${cursor}=`,
      `${cursor}AAAA`,
      `${cursor}\n`,
      '',
      'A',
      '0',
      'x'.repeat(5000),
    ];
    for (const text of others) expect(cursors.open(SCOPE, text)).toBeNull();
  });
});
