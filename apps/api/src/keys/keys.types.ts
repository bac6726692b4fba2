import { createUnionType, Field, Int, ObjectType } from '@nestjs/graphql';
import { ActRefused } from '../graphql/act-refused.types.js';
import { NotFound } from '../graphql/failure.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { KeyPurpose } from '../member/me.types.js';
import { KeyEndReason, KeyRoute, KeyState } from './key-enums.types.js';

@ObjectType({ description: 'A move of a key.' })
export class KeyMove {
  @Field(() => KeyState, { nullable: true, description: 'State before; null at its beginning.' })
  from!: string | null;

  @Field(() => KeyState, { description: 'State after.' })
  to!: string;

  @Field(() => String, { description: 'Who did it: `person:` and a number, or `system:` and a name.' })
  actor!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'How far the registration of an uploaded key has come.' })
export class KeyRegistration {
  @Field(() => DateTime, { description: 'Until when the challenge can be answered that was given last.' })
  challengeExpiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When possession was proved; null before.' })
  provedAt!: Date | null;

  @Field(() => Int, { description: 'Staff who have confirmed the fingerprint: 0 to 2.' })
  confirmations!: number;
}

@ObjectType({ description: 'A key of a member, its public side alone.' })
export class MemberKey {
  @Field(() => String, { description: 'Thumbprint (RFC 7638), by which the key is named.' })
  thumbprint!: string;

  @Field(() => String, { description: 'Fingerprint of 12 groups of digits, made to be read aloud.' })
  fingerprint!: string;

  @Field(() => KeyPurpose, { description: 'What it is for.' })
  purpose!: string;

  @Field(() => KeyState, { description: 'Where it stands.' })
  state!: string;

  @Field(() => KeyRoute, { description: 'How it came.' })
  route!: string;

  @Field(() => DateTime, { description: 'When it was uploaded or first read.' })
  createdAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Of a signing key with a successor: latest `iat` of a manifest that it signs for.',
  })
  notAfter!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Of a key with a successor: when it is retired.' })
  overlapEndsAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Since when the JWK Set does not hold it any more; a day later it is retired.',
  })
  unlistedAt!: Date | null;

  @Field(() => KeyEndReason, { nullable: true, description: 'Why it was retired or revoked.' })
  endReason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was retired, revoked or withdrawn.' })
  endedAt!: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'Of a compromised key: earliest moment at which others may have had it.',
  })
  endSince!: Date | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Index of its `key` statement in the provenance log.',
  })
  addedIndex!: number | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Index of its `key_revoked` statement in the provenance log.',
  })
  revokedIndex!: number | null;

  @Field(() => [KeyMove], { description: 'Every move, oldest first.' })
  history!: readonly KeyMove[];

  @Field(() => KeyRegistration, { nullable: true, description: 'Of an uploaded key that waits.' })
  registration!: KeyRegistration | null;
}

@ObjectType({ description: 'Where a member publishes its auth keys.' })
export class MemberKeySet {
  @Field(() => String, { nullable: true, description: 'URL that is read.' })
  url!: string | null;

  @Field(() => String, { nullable: true, description: 'URL that was proposed and waits for approval.' })
  proposedUrl!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When a good set was last read.' })
  fetchedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was last tried to read it.' })
  attemptedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Code of what was wrong with the latest reading.' })
  failure!: string | null;
}

@ObjectType({ description: 'The keys of a member.' })
export class MemberKeys {
  readonly __typename = 'MemberKeys';

  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => [MemberKey], {
    description: 'Every key, newest first; of the withdrawn ones the latest 32.',
  })
  keys!: readonly MemberKey[];

  @Field(() => MemberKeySet, { nullable: true, description: 'Its JWK Set; null when none was proposed.' })
  keySet!: MemberKeySet | null;
}

@ObjectType({ description: 'What a member must sign to register a key (docs/protocol-keys.md §5).' })
export class KeyChallenge {
  readonly __typename = 'KeyChallenge';

  @Field(() => String, { description: 'Name of the member: `iss` of the proofs.' })
  member!: string;

  @Field(() => String, { description: 'Thumbprint of the new key: `jkt` of the proofs.' })
  key!: string;

  @Field(() => String, { description: 'Fingerprint of the new key, to be told to staff by another way.' })
  fingerprint!: string;

  @Field(() => String, { description: 'The hub: `aud` of the proofs.' })
  audience!: string;

  @Field(() => String, { description: 'Good for one answer; it is shown here alone.' })
  nonce!: string;

  @Field(() => DateTime, { description: 'Until when it can be answered.' })
  expiresAt!: Date;

  @Field(() => KeyRoute, {
    description: 'ROTATION: an active key of the same purpose signs too. CEREMONY: two staff confirm.',
  })
  route!: string;
}

@ObjectType({ description: 'An act on a key that was done.' })
export class KeyActed {
  readonly __typename = 'KeyActed';

  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => MemberKey, { description: 'The key as it stands now.' })
  key!: MemberKey;
}

@ObjectType({ description: 'An act on a JWK Set that was done.' })
export class KeySetActed {
  readonly __typename = 'KeySetActed';

  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => MemberKeySet, { description: 'The set as it stands now.' })
  keySet!: MemberKeySet;
}

const resolveType = (value: { __typename: string }): string => value.__typename;

export const MemberKeysLookup = createUnionType({
  name: 'MemberKeysLookup',
  description: 'The keys of a member, or that there is no such member for the caller.',
  types: () => [MemberKeys, NotFound] as const,
  resolveType,
});

export const KeyChallengeResult = createUnionType({
  name: 'KeyChallengeResult',
  description: 'What is to be signed, or why the key is not taken.',
  types: () => [KeyChallenge, ActRefused] as const,
  resolveType,
});

export const KeyActResult = createUnionType({
  name: 'KeyActResult',
  description: 'The key after the act, or why nothing was done.',
  types: () => [KeyActed, ActRefused] as const,
  resolveType,
});

export const KeySetActResult = createUnionType({
  name: 'KeySetActResult',
  description: 'The JWK Set after the act, or why nothing was done.',
  types: () => [KeySetActed, ActRefused] as const,
  resolveType,
});
