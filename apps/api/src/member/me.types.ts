import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ChannelPolicy } from '../graphql/channel-policy.types.js';

/** Kinds of member organisation, by their names in the protocol. */
export const MemberKind = {
  PLATFORM: 'platform',
  HOTLINE: 'hotline',
  NGO: 'ngo',
  ACADEMIC: 'academic',
  GOVERNMENT: 'government',
} as const;

registerEnumType(MemberKind, {
  name: 'MemberKind',
  description: 'Kind of a member organisation.',
  valuesMap: {
    PLATFORM: { description: 'A service on which people share content.' },
    HOTLINE: { description: 'A body that takes and verifies reports; it can be accredited.' },
    NGO: { description: 'A non-governmental organisation.' },
    ACADEMIC: { description: 'A research body.' },
    GOVERNMENT: { description: 'A government body: an observer, never with a right on a channel.' },
  },
});

/** Standings of a member, by their names in the protocol. */
export const MemberStatus = {
  ACTIVE: 'active',
  PROBATION: 'probation',
  SUSPENDED: 'suspended',
  EXPELLED: 'expelled',
} as const;

registerEnumType(MemberStatus, {
  name: 'MemberStatus',
  description: 'Standing of a member.',
  valuesMap: {
    ACTIVE: { description: 'May use the rights it has.' },
    PROBATION: { description: 'May use the rights it has; what it says assures nobody else yet.' },
    SUSPENDED: { description: 'May do nothing for the time being.' },
    EXPELLED: { description: 'Is a member no more.' },
  },
});

/** What a key is for, by the names of the protocol. */
export const KeyPurpose = { AUTH: 'auth', SIGNING: 'signing' } as const;

registerEnumType(KeyPurpose, {
  name: 'KeyPurpose',
  description: 'What a key is for; no key has two purposes.',
  valuesMap: {
    AUTH: { description: 'Client assertions at the token endpoint.' },
    SIGNING: { description: 'Manifests of submissions.' },
  },
});

@ObjectType({ description: 'A key that is registered for the member.' })
export class MyKey {
  @Field(() => String, { description: 'RFC 7638 SHA-256 thumbprint, the `kid` of whatever the key signs.' })
  thumbprint!: string;

  @Field(() => KeyPurpose, { description: 'What it is for.' })
  purpose!: string;

  @Field(() => Boolean, {
    description: 'Whether its registration is in the provenance log and no revocation is.',
  })
  active!: boolean;
}

@ObjectType({ description: 'A channel with what the member may do in it.' })
export class MyChannel {
  @Field(() => String, { description: 'Name of the channel.' })
  channel!: string;

  @Field(() => Boolean, { description: 'Whether the member may submit to it.' })
  submit!: boolean;

  @Field(() => Boolean, { description: 'Whether the member may receive its feed.' })
  receive!: boolean;

  @Field(() => ChannelPolicy, { description: 'Its rules.' })
  policy!: ChannelPolicy;
}

@ObjectType({ description: 'The member whose access token the request carries, as it stands now.' })
export class Me {
  @Field(() => String, { description: 'Name on the wire, such as the `iss` of its manifests.' })
  member!: string;

  @Field(() => String, { description: 'Name for people.' })
  name!: string;

  @Field(() => MemberKind, { description: 'What kind of organisation it is.' })
  kind!: string;

  @Field(() => MemberStatus, { description: 'Its standing.' })
  status!: string;

  @Field(() => [MyChannel], { description: 'Channels on which it has a right, by name.' })
  channels!: MyChannel[];

  @Field(() => [MyKey], { description: 'Its keys in the order of registration, the revoked ones too.' })
  keys!: MyKey[];
}
