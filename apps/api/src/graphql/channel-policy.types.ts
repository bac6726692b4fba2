import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { ChannelPolicy as Policy } from '#libs/protocol';

/** Names of the markings as GraphQL can spell them. */
export const Tlp = {
  CLEAR: 'clear',
  GREEN: 'green',
  AMBER: 'amber',
  AMBER_STRICT: 'amber+strict',
  RED: 'red',
} as const;

registerEnumType(Tlp, {
  name: 'Tlp',
  description: 'Traffic Light Protocol 2.0 marking: how far what is in a channel may be passed on.',
  valuesMap: {
    CLEAR: { description: 'May be passed on without limit.' },
    GREEN: { description: 'May be passed on within the community.' },
    AMBER: {
      description: 'May be passed on within the organisation and to its clients, where they need to know.',
    },
    AMBER_STRICT: { description: 'May be passed on within the organisation only.' },
    RED: { description: 'For the named recipients only.' },
  },
});

@ObjectType({ description: 'A label of a channel and the code that stands for it in packs.' })
export class ChannelLabel {
  @Field(() => Int, { description: 'Code in packs; never given to another label.' })
  code!: number;

  @Field(() => String, { description: 'The label as entries carry it.' })
  label!: string;
}

@ObjectType({
  description: 'The rules of a channel as its latest statement in the provenance log gives them.',
})
export class ChannelPolicy {
  @Field(() => Tlp, { description: 'Marking of everything in the channel.' })
  tlp!: Policy['tlp'];

  @Field(() => [String], { description: 'Signal types that may be submitted, ascending.' })
  types!: readonly string[];

  @Field(() => [ChannelLabel], { description: 'Labels that entries may carry, ascending by code.' })
  labels!: readonly ChannelLabel[];

  @Field(() => Int, { description: 'Independent control groups that make a signal corroborated.' })
  corroboration!: number;
}
