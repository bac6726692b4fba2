import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { almost, refusalOf } from '../refusal.arbitrary.js';
import { anyManifest } from './manifest.arbitrary.js';
import { readManifest, requireOrigin } from './manifest.js';

const MANIFEST = {
  iss: 'hotline-a',
  aud: 'hub.example.org',
  jti: '0192f0c1-7a6b-7c3d-8e9f-000000000001',
  iat: 1_795_400_000,
  channel: 'csam',
  attribution: 'anonymous',
  count: 2,
  root: '0a'.repeat(32),
  head: { size: 7, root: '0b'.repeat(32) },
};

describe('readManifest', () => {
  describe('when the payload is valid', () => {
    it('gives it back', () => {
      fc.assert(
        fc.property(anyManifest, (manifest) => {
          expect(readManifest(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
        }),
      );
    });
  });

  describe('when a member breaks its rule', () => {
    it.each<[string, unknown]>([
      ['iss', 'Hotline'],
      ['aud', 'https://hub.example.org'],
      ['aud', ['hub.example.org']],
      ['jti', '0192F0C1-7a6b-7c3d-8e9f-000000000001'],
      ['jti', '00000000-0000-0000-0000-000000000000'],
      ['jti', '{0192f0c1-7a6b-7c3d-8e9f-000000000001}'],
      ['iat', -1],
      ['iat', '1795400000'],
      ['channel', 'c/sam'],
      ['attribution', 'secret'],
      ['count', 0],
      ['count', 10_001],
      ['root', '0A'.repeat(32)],
      ['head', 'none'],
      ['head.size', { size: 0, root: '0b'.repeat(32) }],
      ['head.root', { size: 1, root: '0b'.repeat(31) }],
    ])('refuses a wrong %s', (path, value) => {
      const [name] = path.split('.') as [string];
      const refusal = refusalOf(() => readManifest({ ...MANIFEST, [name]: value }));
      expect(refusal).toEqual({ code: 'BAD_FIELD', field: `manifest.${path}` });
    });

    it.each(Object.keys(MANIFEST))('refuses to do without %s', (name) => {
      const rest = Object.fromEntries(Object.entries(MANIFEST).filter(([other]) => other !== name));
      expect(refusalOf(() => readManifest(rest))).toEqual({
        code: 'MISSING_FIELD',
        field: `manifest.${name}`,
      });
    });

    it('refuses what it does not know', () => {
      expect(refusalOf(() => readManifest({ ...MANIFEST, exp: 1 }))).toEqual({
        code: 'UNKNOWN_FIELD',
        field: 'manifest.exp',
      });
      const head = { ...MANIFEST.head, time: 1 };
      expect(refusalOf(() => readManifest({ ...MANIFEST, head }))?.field).toBe('manifest.head.time');
      expect(refusalOf(() => readManifest('{}'))).toEqual({ code: 'BAD_FIELD', field: 'manifest' });
    });
  });

  describe('when the payload is anything at all', () => {
    it('gives a manifest or a ProtocolError', () => {
      fc.assert(fc.property(almost(MANIFEST), (json) => void refusalOf(() => readManifest(json))));
    });
  });
});

describe('requireOrigin', () => {
  it.each(['a', 'localhost:8420', 'hub.example.org', '10.0.0.1:1', 'x-y.z', 'a'.repeat(253)])(
    'takes %s',
    (origin) => {
      expect(requireOrigin(origin, 'aud')).toBe(origin);
    },
  );

  it.each([
    '',
    'Hub.example.org',
    'hub.example.org/',
    'hub.example.org/log',
    'hub.example.org:',
    'hub.example.org:0',
    'hub.example.org:123456',
    'hub:1:2',
    '.hub',
    'hub-',
    'hub example',
    'h+b',
    'a'.repeat(254),
    7,
  ])('refuses %j', (origin) => {
    expect(refusalOf(() => requireOrigin(origin, 'aud'))).toEqual({ code: 'BAD_FIELD', field: 'aud' });
  });
});
