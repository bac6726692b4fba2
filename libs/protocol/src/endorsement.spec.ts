import { describe, expect, it } from '@jest/globals';
import { readEndorsement, RELATIONSHIPS, type Endorsement } from './endorsement.js';

const GOOD: Endorsement = {
  iss: 'hotline',
  aud: 'hub.example.org',
  jti: '01890a5d-ac96-774b-bcce-b302099a8057',
  iat: 1_760_000_000,
  applicant: { application: '0b5e0d1e-3a1c-4a57-9d0f-3f0b8f2f6f11', legalName: '0'.repeat(64) },
  relationship: 'none',
  note: null,
};

describe('the payload of an endorsement', () => {
  it.each(RELATIONSHIPS)('is read with the relationship %s and a note', (relationship) => {
    const payload = { ...GOOD, relationship, note: 'We have worked together since 2021.' };
    expect(readEndorsement(payload)).toEqual(payload);
  });

  it('needs no note without a relationship', () => {
    expect(readEndorsement(GOOD)).toEqual(GOOD);
  });

  it.each<[string, object, string]>([
    ['an unknown member', { extra: 1 }, 'endorsement.extra'],
    ['a relationship without a note', { relationship: 'ownership' }, 'endorsement.note'],
    ['a note of control characters', { note: 'a\nb' }, 'endorsement.note'],
    ['an unknown relationship', { relationship: 'friend' }, 'endorsement.relationship'],
    ['an identifier that is no UUID', { jti: '1' }, 'endorsement.jti'],
    ['an applicant that is no object', { applicant: 'x' }, 'endorsement.applicant'],
    [
      'a name in the clear',
      { applicant: { ...GOOD.applicant, legalName: 'Example Ltd' } },
      'endorsement.applicant.legalName',
    ],
    [
      'an application that is no UUID',
      { applicant: { ...GOOD.applicant, application: 'x' } },
      'endorsement.applicant.application',
    ],
  ])('is refused for %s', (_what, change, field) => {
    expect(() => readEndorsement({ ...GOOD, ...change })).toThrow(expect.objectContaining({ field }));
  });
});
