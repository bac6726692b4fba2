import { createUnionType, Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Failure, NotFound } from '../graphql/failure.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

/** What a member shows in a conformance run, by its name in the protocol. */
export const ConformanceStepName = {
  SUBMIT: 'submit',
  PULL: 'pull',
  TOMBSTONE: 'tombstone',
  RESET: 'reset',
} as const;

registerEnumType(ConformanceStepName, {
  name: 'ConformanceStepName',
  description: 'What a member shows in a conformance run, in this order.',
  valuesMap: {
    SUBMIT: { description: 'It submits a signed batch of the values asked for.' },
    PULL: { description: 'Its copy holds them, and all else that the feed holds.' },
    TOMBSTONE: { description: 'It retracts one, and its copy holds that one no more.' },
    RESET: { description: 'Told that its cursor leads nowhere, it builds its copy anew.' },
  },
});

/** How a run stands. */
export const ConformanceState = {
  RUNNING: 'running',
  PASSED: 'passed',
  FAILED: 'failed',
  EXPIRED: 'expired',
} as const;

registerEnumType(ConformanceState, {
  name: 'ConformanceState',
  description: 'How a conformance run stands.',
  valuesMap: {
    RUNNING: { description: 'A step is to be shown.' },
    PASSED: { description: 'Every step was passed.' },
    FAILED: { description: 'A step was not passed: start another run.' },
    EXPIRED: { description: 'It was not finished in time: start another run.' },
  },
});

@ObjectType({ description: 'A question to a copy of the sandbox (docs/protocol-conformance.md, "Answer").' })
export class ConformanceQuestion {
  @Field(() => String, { description: 'Salt of this question alone, 64 lower-case hex digits.' })
  salt!: string;

  @Field(() => String, {
    description: 'Key in hex: the answer is over the first 1,000 keys that the copy holds from there on.',
  })
  from!: string;
}

@ObjectType({ description: 'What is to be shown next.' })
export class ConformanceTask {
  @Field(() => ConformanceStepName, { description: 'The step.' })
  step!: string;

  @Field(() => String, { description: 'Name of the signal type.' })
  type!: string;

  @Field(() => [String], {
    description:
      'Values to assert (SUBMIT) or to retract (TOMBSTONE) in the sandbox, in one batch; else none. Random; they stand for nothing.',
  })
  values!: readonly string[];

  @Field(() => ConformanceQuestion, {
    nullable: true,
    description: 'What the copy is asked; null for SUBMIT.',
  })
  question!: ConformanceQuestion | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'For RESET: the `after` to call `feedDelta` with; it answers with a FeedReset.',
  })
  after!: number | null;
}

@ObjectType({ description: 'A step that was judged.' })
export class ConformanceStep {
  @Field(() => ConformanceStepName, { description: 'The step.' })
  step!: string;

  @Field(() => Boolean, { description: 'Whether it was passed.' })
  passed!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Why not, a code such as `TOMBSTONE_NOT_APPLIED`; null when it was passed.',
  })
  reason!: string | null;

  @Field(() => DateTime, { description: 'When it was judged.' })
  at!: Date;

  @Field(() => String, { description: 'SHA-256 over the report, 64 lower-case hex digits.' })
  reportDigest!: string;
}

@ObjectType({ description: 'A conformance run: what a member showed of its machines in the sandbox.' })
export class ConformanceRun {
  readonly __typename = 'ConformanceRun';

  @Field(() => ID, { description: 'Name of the run.' })
  id!: string;

  @Field(() => ConformanceState, { description: 'How it stands.' })
  state!: string;

  @Field(() => DateTime, { description: 'When it was started.' })
  startedAt!: Date;

  @Field(() => DateTime, { description: 'From when on nothing more is judged.' })
  expiresAt!: Date;

  @Field(() => [ConformanceStep], { description: 'The steps judged so far, in order.' })
  steps!: readonly ConformanceStep[];

  @Field(() => ConformanceTask, {
    nullable: true,
    description: 'What is to be shown next; null when the run is over.',
  })
  task!: ConformanceTask | null;
}

@ObjectType({
  implements: () => [Failure],
  description: 'A run was not started, or a report not judged. Nothing of it has been recorded.',
})
export class ConformanceRefused extends Failure {
  readonly __typename = 'ConformanceRefused';

  @Field(() => String, { description: 'Name of the field at fault.' })
  field!: string;

  @Field(() => String, { description: 'The rule it breaks, in words.' })
  rule!: string;
}

@InputType({ description: 'What a member reports about the step that its run has come to.' })
export class ConformanceReportInput {
  @Field(() => ID, { description: 'Name of the run.' })
  run!: string;

  @Field(() => ConformanceStepName, { description: 'The step.' })
  step!: 'submit' | 'pull' | 'tombstone' | 'reset';

  @Field(() => ID, {
    nullable: true,
    description: 'SUBMIT and TOMBSTONE: the `jti` of the submission, once it is published.',
  })
  submission?: string | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'All but SUBMIT: rounds of the sandbox feed that the copy has applied.',
  })
  size?: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'All but SUBMIT: set root of the copy, computed from what it holds; 64 lower-case hex digits.',
  })
  root?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'All but SUBMIT: the answer of the copy; 64 lower-case hex digits.',
  })
  answer?: string | null;

  @Field(() => String, { nullable: true, description: 'RESET: the code of the FeedReset.' })
  reset?: string | null;
}

const resolveType = (value: { __typename: string }): string => value.__typename;

export const StartConformanceResult = createUnionType({
  name: 'StartConformanceResult',
  description: 'The run, or why none was started.',
  types: () => [ConformanceRun, ConformanceRefused] as const,
  resolveType,
});

export const ReportConformanceResult = createUnionType({
  name: 'ReportConformanceResult',
  description: 'The run with the step judged, or why it was not; or that the caller has no such run.',
  types: () => [ConformanceRun, ConformanceRefused, NotFound] as const,
  resolveType,
});
