import { Field, ObjectType } from '@nestjs/graphql';
import { PageInfo } from '../graphql/page.types.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

@ObjectType({ description: 'An act of a person or of the operator.' })
export class AuditEvent {
  @Field(() => SafeInt, { description: 'Number of the event, from 1 without a gap.' })
  number!: number;

  @Field(() => SafeInt, { description: 'When, Unix milliseconds.' })
  time!: number;

  @Field(() => String, { description: '`person:` with the id of the person, or `system:operator`.' })
  actor!: string;

  @Field(() => String, { description: 'Name of the act, such as `recallMember`.' })
  act!: string;

  @Field(() => String, {
    description: 'What it was about, such as the name of a member; empty when it named nothing.',
  })
  subject!: string;

  @Field(() => String, { description: 'SHA-256 of its inputs as canonical JSON, 64 lower-case hex digits.' })
  inputs!: string;

  @Field(() => String, { description: '`ok`, or the code of the refusal.' })
  outcome!: string;

  @Field(() => String, { description: 'Chain value after this event, 64 lower-case hex digits.' })
  chain!: string;
}

@ObjectType({ description: 'The latest `audit` statement in the provenance log.' })
export class AuditStatement {
  @Field(() => SafeInt, { description: 'Its log index.' })
  index!: number;

  @Field(() => String, { description: 'The exact bytes of the leaf.' })
  leaf!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'That the leaf is in the log, a `c2sp.org/tlog-proof@v1` text; null until a signed checkpoint covers it.',
  })
  proof!: string | null;
}

@ObjectType({ description: 'An event and its place in the trail.' })
export class AuditEventEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => AuditEvent, { description: 'The event.' })
  node!: AuditEvent;
}

@ObjectType({ description: 'A page of the audit trail, in the order of the events.' })
export class AuditEventConnection {
  @Field(() => [AuditEventEdge], { description: 'The events of the page.' })
  edges!: AuditEventEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;

  @Field(() => AuditStatement, {
    nullable: true,
    description: 'What the log says of the trail; null before the first statement.',
  })
  statement!: AuditStatement | null;
}
