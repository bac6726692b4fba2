import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { almost, refusalOf } from '../refusal.arbitrary.js';
import { keepsLabels, readChannelPolicy } from './channel-policy.js';
import { anyPolicy } from './statement.arbitrary.js';

const POLICY = {
  tlp: 'amber',
  types: ['md5', 'pdq'],
  labels: [
    { code: 1, label: 'a1' },
    { code: 3, label: 'a2' },
  ],
  corroboration: 2,
};

describe('readChannelPolicy', () => {
  describe('when the policy is valid', () => {
    it('gives it back', () => {
      fc.assert(fc.property(anyPolicy, (policy) => void expect(readChannelPolicy(policy)).toEqual(policy)));
    });
  });

  describe('when it is not', () => {
    const label = { code: 1, label: 'a1' };
    const many = Array.from({ length: 501 }, (_, i) => ({ code: i + 1, label: `l${i}` }));
    it.each<[string, string, Record<string, unknown>]>([
      ['BAD_FIELD', 'policy.tlp', { tlp: 'white' }],
      ['BAD_FIELD', 'policy.types', { types: 'pdq' }],
      ['UNKNOWN_TYPE', 'policy.types', { types: ['sha512'] }],
      ['UNKNOWN_TYPE', 'policy.types', { types: [4] }],
      ['BAD_FIELD', 'policy.types', { types: ['pdq', 'md5'] }],
      ['BAD_FIELD', 'policy.types', { types: ['pdq', 'pdq'] }],
      ['BAD_FIELD', 'policy.types', { types: Array(65).fill('pdq') }],
      ['BAD_FIELD', 'policy.labels', { labels: {} }],
      ['BAD_FIELD', 'policy.labels', { labels: ['a'] }],
      ['BAD_FIELD', 'policy.labels', { labels: many }],
      ['BAD_FIELD', 'policy.labels', { labels: [{ code: 2, label: 'a2' }, label] }],
      ['BAD_FIELD', 'policy.labels', { labels: [label, { code: 1, label: 'a2' }] }],
      ['BAD_FIELD', 'policy.labels', { labels: [label, { code: 2, label: 'a1' }] }],
      ['BAD_FIELD', 'policy.labels.code', { labels: [{ ...label, code: 0 }] }],
      ['BAD_FIELD', 'policy.labels.code', { labels: [{ ...label, code: 32_768 }] }],
      ['BAD_FIELD', 'policy.labels.label', { labels: [{ ...label, label: 'A1' }] }],
      ['MISSING_FIELD', 'policy.labels.label', { labels: [{ code: 1 }] }],
      ['UNKNOWN_FIELD', 'policy.labels.name', { labels: [{ ...label, name: 'A' }] }],
      ['BAD_FIELD', 'policy.corroboration', { corroboration: 1 }],
      ['BAD_FIELD', 'policy.corroboration', { corroboration: 101 }],
      ['MISSING_FIELD', 'policy.tlp', { tlp: undefined }],
      ['UNKNOWN_FIELD', 'policy.reviewers', { reviewers: 2 }],
    ])('refuses with %s of %s', (code, field, change) => {
      const json = JSON.parse(JSON.stringify({ ...POLICY, ...change })) as unknown;
      expect(refusalOf(() => readChannelPolicy(json))).toEqual({ code, field });
    });

    it('gives a policy or a ProtocolError, whatever it is', () => {
      fc.assert(fc.property(almost(POLICY), (json) => void refusalOf(() => readChannelPolicy(json))));
    });
  });
});

describe('keepsLabels', () => {
  const policy = readChannelPolicy(POLICY);
  const withLabels = (...labels: [number, string][]) => ({
    ...policy,
    labels: labels.map(([code, label]) => ({ code, label })),
  });

  it('lets labels be added', () => {
    expect(keepsLabels(policy, policy)).toBe(true);
    expect(keepsLabels(withLabels(), policy)).toBe(true);
    expect(keepsLabels(policy, withLabels([1, 'a1'], [2, 'b'], [3, 'a2']))).toBe(true);
  });

  it('does not let them be removed, renamed or given another code', () => {
    expect(keepsLabels(policy, withLabels([1, 'a1']))).toBe(false);
    expect(keepsLabels(policy, withLabels([1, 'a1'], [3, 'b']))).toBe(false);
    expect(keepsLabels(policy, withLabels([1, 'a2'], [3, 'a1']))).toBe(false);
  });
});
