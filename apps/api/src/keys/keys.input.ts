import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { KeyPurpose } from '../member/me.types.js';
import { KeyRevocationReason } from './key-enums.types.js';

@InputType({ description: 'A public key that is to be registered.' })
export class RegisterKeyInput {
  @Field(() => KeyPurpose, { description: 'What it is for.' })
  purpose!: 'auth' | 'signing';

  @Field(() => String, { description: 'Public JWK as strict JSON text, at most 2048 characters.' })
  jwk!: string;
}

@InputType({ description: 'The answer to a challenge.' })
export class ProveKeyInput {
  @Field(() => ID, { description: 'Thumbprint of the new key.' })
  key!: string;

  @Field(() => String, { description: 'Key proof by the new key.' })
  proof!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Key proof by an active key of the same purpose; needed for the route ROTATION.',
  })
  witnessProof?: string | null;
}

@InputType({ description: 'A key that gets a successor.' })
export class RetireKeyInput {
  @Field(() => ID, { description: 'Thumbprint of the key.' })
  key!: string;

  @Field(() => Int, { nullable: true, description: 'Days of overlap, 7 to 90; 7 when not given.' })
  overlapDays?: number | null;
}

@InputType({ description: 'A key that is revoked.' })
export class RevokeKeyInput {
  @Field(() => ID, { description: 'Thumbprint of the key.' })
  key!: string;

  @Field(() => KeyRevocationReason, { description: 'Why.' })
  reason!: 'compromised' | 'lost';

  @Field(() => String, {
    nullable: true,
    description:
      'Earliest moment at which others may have had the key, in UTC, such as `2027-01-31T00:00Z`; for COMPROMISED alone.',
  })
  since?: string | null;
}

@InputType({ description: 'A key of a member that staff revoke.' })
export class RevokeMemberKeyInput extends RevokeKeyInput {
  @Field(() => String, { description: 'Name of the member.' })
  member!: string;
}

@InputType({ description: 'A key of a member.' })
export class MemberKeyInput {
  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => ID, { description: 'Thumbprint of the key.' })
  key!: string;
}

@InputType({ description: 'A fingerprint that a member told staff by another way than the hub.' })
export class ConfirmKeyInput extends MemberKeyInput {
  @Field(() => String, { description: 'As it was heard: 60 digits; spaces and hyphens do not count.' })
  fingerprint!: string;
}

@InputType({ description: 'The JWK Set of a member that is approved.' })
export class ApproveKeySetInput {
  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => String, { description: 'The proposed URL, as it was shown.' })
  url!: string;
}
