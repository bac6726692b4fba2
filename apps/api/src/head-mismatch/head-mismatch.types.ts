import { Field, ObjectType } from '@nestjs/graphql';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

@ObjectType({
  description: 'That a member named, under its signature, a head which the provenance log never had.',
})
export class HeadMismatch {
  @Field(() => SafeInt, { description: 'Number of the row; they only grow.' })
  number!: number;

  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => DateTime, { description: 'When its submission was refused first on that day.' })
  at!: Date;

  @Field(() => SafeInt, { description: 'Leaves of the head that it named.' })
  headSize!: number;

  @Field(() => String, { description: 'Root of the head that it named, hex.' })
  headRoot!: string;

  @Field(() => SafeInt, { description: 'Leaves that the log had then.' })
  logSize!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Root of the log at the size of that head, hex; null when the log had fewer leaves.',
  })
  logRoot!: string | null;
}

@ObjectType({ description: 'A head that the log never had, and its place in the list.' })
export class HeadMismatchEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => HeadMismatch, { description: 'The head.' })
  node!: HeadMismatch;
}

@ObjectType({ description: 'A page of the heads that the log never had.' })
export class HeadMismatchConnection {
  @Field(() => [HeadMismatchEdge], { description: 'The heads of the page, the latest first.' })
  edges!: HeadMismatchEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}
