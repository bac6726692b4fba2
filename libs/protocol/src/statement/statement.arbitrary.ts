import fc from 'fast-check';
import { SIGNAL_TYPES } from '../signal-types/registry.js';
import { anyCode, anyHex } from '../submission/entry.arbitrary.js';
import { anyHead, anyInteger, anyName, anyOrigin } from '../submission/manifest.arbitrary.js';
import { TLP, type ChannelPolicy } from './channel-policy.js';
import type { AuthorBody, ContentBody } from './commitments.js';
import { jwkThumbprint } from './jwk.js';
import { comparePlaces } from './erased-places.js';
import {
  ERASURE_REASONS,
  KEY_PURPOSES,
  MEMBER_KINDS,
  MEMBER_STATUSES,
  REVOCATION_REASONS,
  type PublicJwk,
  type Statement,
  type StatementBody,
  type StatementKind,
} from './statement.js';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** 32 bytes in canonical base64url. */
export const anyBase64url32 = fc
  .array(fc.nat(63), { minLength: 43, maxLength: 43 })
  .map((digits) => digits.map((digit, at) => BASE64URL[at === 42 ? digit & ~3 : digit]!).join(''));

/** Public keys by their members; not all are points. */
export const anyJwk: fc.Arbitrary<PublicJwk> = fc.oneof(
  fc.record({ kty: fc.constant('OKP' as const), crv: fc.constant('Ed25519' as const), x: anyBase64url32 }),
  fc.record({
    kty: fc.constant('EC' as const),
    crv: fc.constant('P-256' as const),
    x: anyBase64url32,
    y: anyBase64url32,
  }),
);

const anyLabelCodes = fc
  .uniqueArray(fc.integer({ min: 1, max: 32_767 }), { maxLength: 6 })
  .map((codes) => codes.sort((a, b) => a - b));

/** Any policy that is valid. */
export const anyPolicy: fc.Arbitrary<ChannelPolicy> = fc.record({
  tlp: fc.constantFrom(...TLP),
  types: fc.subarray(SIGNAL_TYPES.map((type) => type.name).sort()),
  labels: fc
    .tuple(anyLabelCodes, fc.uniqueArray(anyCode, { minLength: 6, maxLength: 6 }))
    .map(([codes, labels]) => codes.map((code, at) => ({ code, label: labels[at]! }))),
  corroboration: fc.integer({ min: 2, max: 100 }),
});

const anyPersonalName = fc.oneof(
  fc.constantFrom('Example Hotline', '日本', '🪨', '"\\/', 'ß'.repeat(200), '🪨'.repeat(200)),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((name) => !/[\p{Cc}\p{Cs}]/u.test(name)),
);

const anyFeedHead = fc.record({ feed: anyName, size: anyInteger(0), root: anyHex(32) });
const anyHubKey = fc.record({ purpose: fc.constantFrom('promise' as const, 'token' as const), jwk: anyJwk });

const anyErasedPlaces = fc
  .uniqueArray(fc.record({ index: anyInteger(0), line: fc.nat(9999) }), {
    minLength: 1,
    maxLength: 5,
    selector: ({ index, line }) => `${index}/${line}`,
  })
  .map((places) => places.sort(comparePlaces));

/** Members of each kind, besides `kind` and `time`. */
const MEMBERS_OF: { readonly [K in StatementKind]: fc.Arbitrary<Omit<StatementBody, 'kind'>> } = {
  hub: fc.record({ origin: anyOrigin, keys: fc.array(anyHubKey, { maxLength: 3 }) }),
  channel: fc.record({ channel: anyName, policy: anyPolicy }),
  member: fc.record({
    member: anyName,
    code: anyInteger(1),
    name: anyPersonalName,
    memberKind: fc.constantFrom(...MEMBER_KINDS),
    group: anyName,
    accredited: fc.boolean(),
  }),
  member_status: fc.record({ member: anyName, status: fc.constantFrom(...MEMBER_STATUSES) }),
  key: fc
    .record({ member: anyName, purpose: fc.constantFrom(...KEY_PURPOSES), jwk: anyJwk })
    .map((key) => ({ ...key, key: jwkThumbprint(key.jwk) })),
  key_revoked: fc.record({
    member: anyName,
    key: anyBase64url32,
    from: anyInteger(0),
    reason: fc.constantFrom(...REVOCATION_REASONS),
  }),
  right: fc.record({ member: anyName, channel: anyName, submit: fc.boolean(), receive: fc.boolean() }),
  recall: fc.record({ member: anyName, from: anyInteger(0) }),
  agreement: fc.record({ member: anyName, version: anyInteger(1), digest: anyHex(32) }),
  admission_policy: fc.record({
    policy: fc.record({
      endorsements: fc.nat(20),
      foundingMembers: fc.nat(100),
      objectionDays: fc.nat(90),
      probationDays: fc.nat(730),
      probationEntriesADay: fc.integer({ min: 1, max: 10_000_000 }),
      conformanceDays: fc.integer({ min: 1, max: 730 }),
      attestationDays: fc.integer({ min: 30, max: 1095 }),
    }),
  }),
  bootstrap: fc.record({ staff: fc.integer({ min: 1, max: 100 }) }),
  submission: fc.record({ content: anyHex(32), author: anyHex(32), head: anyHead }),
  tick: fc.record({}),
  published: fc.record({ feeds: fc.array(anyFeedHead, { maxLength: 4 }) }),
  audit: fc.record({ size: anyInteger(1), head: anyHex(32) }),
  state: fc.record({ size: anyInteger(1), root: anyHex(32) }),
  erase: fc.record({ lines: anyErasedPlaces, reason: fc.constantFrom(...ERASURE_REASONS) }),
};

/** Kinds of statement of this version. */
export const KINDS = Object.keys(MEMBERS_OF) as StatementKind[];

/** Any statement of a kind that is valid. */
export function anyStatementOf(kind: StatementKind): fc.Arbitrary<Statement> {
  return fc
    .tuple(MEMBERS_OF[kind], anyInteger(0))
    .map(([members, time]) => ({ ...members, kind, time }) as Statement);
}

/** Any statement that is valid. */
export const anyStatement = fc.oneof(...KINDS.map(anyStatementOf));

/** Any content body that is valid. */
export const anyContent: fc.Arbitrary<ContentBody> = fc
  .record({
    salt: anyHex(16),
    channel: anyName,
    attribution: fc.constantFrom('named' as const, 'anonymous' as const),
    root: anyHex(32),
    decisions: anyHex(32),
    accepted: fc.integer({ min: 1, max: 3000 }),
    held: fc.nat(3000),
    rejected: fc.nat(3000),
  })
  .map((body) => ({ ...body, count: body.accepted + body.held + body.rejected }));

/** Any author body that is valid. */
export const anyAuthor: fc.Arbitrary<AuthorBody> = fc.record({
  salt: anyHex(16),
  member: anyName,
  group: anyName,
  key: anyBase64url32,
  counter: anyInteger(1),
  manifest: anyHex(32),
});
