import { Inject } from '@nestjs/common';
import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import {
  ApproveKeySetInput,
  ConfirmKeyInput,
  MemberKeyInput,
  ProveKeyInput,
  RegisterKeyInput,
  RetireKeyInput,
  RevokeKeyInput,
  RevokeMemberKeyInput,
} from './keys.input.js';
import {
  KeyActResult,
  KeyChallengeResult,
  KeySetActResult,
  MemberKeysLookup,
  type KeyActed,
  type KeyChallenge,
  type KeySetActed,
  type MemberKeys,
} from './keys.types.js';
import { MemberKeysService } from './member-keys.service.js';
import { StaffKeysService } from './staff-keys.service.js';

type Challenged = Promise<KeyChallenge | ActRefused>;
type Acted = Promise<KeyActed | ActRefused>;
type SetActed = Promise<KeySetActed | ActRefused>;

const Input = (type: () => new () => object): ParameterDecorator =>
  Args('input', { type, description: 'What is done, and on what.' });
const KeyName = (): ParameterDecorator =>
  Args('key', { type: () => ID, description: 'Thumbprint of the key.' });

@Resolver()
export class KeysResolver {
  constructor(
    @Inject(MemberKeysService) private readonly service: MemberKeysService,
    @Inject(StaffKeysService) private readonly staff: StaffKeysService,
  ) {}

  @Query(() => MemberKeysLookup, {
    description: 'The keys of a member: of their own for administrators, of any for staff.',
  })
  async memberKeys(
    @Context() context: RequestContext,
    @Args('member', { type: () => String, description: 'Name of the member.' }) member: string,
  ): Promise<MemberKeys | NotFound> {
    return (await this.service.keysOf(requirePerson(context), member)) ?? notFound();
  }

  @Mutation(() => KeyChallengeResult, { description: 'Uploads a public key of the own member.' })
  registerKey(
    @Context() context: RequestContext,
    @Input(() => RegisterKeyInput) input: RegisterKeyInput,
  ): Challenged {
    return this.service.register(requirePerson(context), input);
  }

  @Mutation(() => KeyChallengeResult, {
    description: 'A new challenge for a key that is not proved yet; the one before counts no more.',
  })
  challengeKeyAgain(@Context() context: RequestContext, @KeyName() key: string): Challenged {
    return this.service.challengeAgain(requirePerson(context), key);
  }

  @Mutation(() => KeyActResult, { description: 'Answers a challenge.' })
  proveKey(@Context() context: RequestContext, @Input(() => ProveKeyInput) input: ProveKeyInput): Acted {
    return this.service.prove(requirePerson(context), input);
  }

  @Mutation(() => KeyActResult, { description: 'Takes a key back that is not registered yet.' })
  withdrawKey(@Context() context: RequestContext, @KeyName() key: string): Acted {
    return this.service.withdraw(requirePerson(context), key);
  }

  @Mutation(() => KeyActResult, { description: 'Lets an active key end after an overlap.' })
  retireKey(@Context() context: RequestContext, @Input(() => RetireKeyInput) input: RetireKeyInput): Acted {
    return this.service.retire(requirePerson(context), input);
  }

  @Mutation(() => KeyActResult, { description: 'Revokes a key of the own member, at once and for good.' })
  revokeKey(@Context() context: RequestContext, @Input(() => RevokeKeyInput) input: RevokeKeyInput): Acted {
    return this.service.revoke(requirePerson(context), input);
  }

  @Mutation(() => KeySetActResult, {
    description: 'Proposes the URL under which the own member publishes its auth keys as a JWK Set.',
  })
  proposeKeySet(
    @Context() context: RequestContext,
    @Args('url', { type: () => String, description: 'https URL in normal form.' }) url: string,
  ): SetActed {
    return this.service.proposeSet(requirePerson(context), url);
  }

  @Mutation(() => KeySetActResult, {
    description: 'Ends the JWK Set of the own member: its keys stand no more, at once.',
  })
  removeKeySet(@Context() context: RequestContext): SetActed {
    return this.service.removeSet(requirePerson(context));
  }

  @Mutation(() => KeySetActResult, { description: 'Asks for the JWK Set of the own member to be read soon.' })
  refreshKeySet(@Context() context: RequestContext): SetActed {
    return this.service.refreshSet(requirePerson(context));
  }

  @Mutation(() => KeyActResult, {
    description: 'Confirms the fingerprint that the member told by another way; two different staff must.',
  })
  confirmKeyFingerprint(
    @Context() context: RequestContext,
    @Input(() => ConfirmKeyInput) input: ConfirmKeyInput,
  ): Acted {
    return this.staff.confirm(requirePerson(context), input);
  }

  @Mutation(() => KeyActResult, {
    description: 'Takes an uploaded key of a member back, because another fingerprint was heard.',
  })
  withdrawKeyRegistration(
    @Context() context: RequestContext,
    @Input(() => MemberKeyInput) input: MemberKeyInput,
  ): Acted {
    return this.staff.withdraw(requirePerson(context), input);
  }

  @Mutation(() => KeySetActResult, { description: 'Approves the URL that another person proposed.' })
  approveKeySet(
    @Context() context: RequestContext,
    @Input(() => ApproveKeySetInput) input: ApproveKeySetInput,
  ): SetActed {
    return this.staff.approveSet(requirePerson(context), input);
  }

  @Mutation(() => KeyActResult, { description: 'Revokes a key of a member, at once and for good.' })
  revokeMemberKey(
    @Context() context: RequestContext,
    @Input(() => RevokeMemberKeyInput) input: RevokeMemberKeyInput,
  ): Acted {
    return this.staff.revoke(requirePerson(context), input);
  }
}
