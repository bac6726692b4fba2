import { createUnionType, Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { HistoryEvent } from '#libs/provenance';
import { NotFound } from '../graphql/failure.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { EntryDecision } from '../submission/submission.types.js';

/** Kinds of events, by their names in the domain. */
export const ProvenanceEventKind = {
  ASSERTION: 'assertion',
  RETRACTION: 'retraction',
  KEY_REVOKED: 'key_revoked',
  RECALL: 'recall',
  EXPIRY: 'expiry',
  ERASED: 'erased',
  ERASURE: 'erasure',
} as const;

registerEnumType(ProvenanceEventKind, {
  name: 'ProvenanceEventKind',
  description: 'What happened to a signal in a channel.',
  valuesMap: {
    ASSERTION: { description: 'A member claimed it.' },
    RETRACTION: { description: 'A member took its claim back.' },
    KEY_REVOKED: { description: 'A key was revoked, and with it entries that it signed.' },
    RECALL: { description: 'Entries of a member were recalled.' },
    EXPIRY: { description: 'The first day came on which claims no longer stand.' },
    ERASED: {
      description: 'An entry that was erased: its place and its decision stay, and what it said is gone.',
    },
    ERASURE: { description: 'The statement that erased entries.' },
  },
});

/** How an entry became void. */
export const EntryEnd = { KEY_REVOKED: 'key_revoked', RECALL: 'recall', WITHDRAWN: 'withdrawn' } as const;

registerEnumType(EntryEnd, {
  name: 'EntryEnd',
  description: 'How an entry became void.',
  valuesMap: {
    KEY_REVOKED: { description: 'Its key was revoked.' },
    RECALL: { description: 'It was recalled.' },
    WITHDRAWN: {
      description:
        'The feed does not hold the signal, so no claim stands. More is not said to who may not know the author.',
    },
  },
});

/** What the log says of a key at one index. */
export const KeyStandingThen = {
  ACTIVE: 'active',
  REVOKED: 'revoked',
  NOT_REGISTERED: 'not_registered',
} as const;

registerEnumType(KeyStandingThen, {
  name: 'KeyStandingThen',
  description: 'What the log says of a key at the index of the entry.',
  valuesMap: {
    ACTIVE: { description: 'It was registered, and not revoked yet.' },
    REVOKED: { description: 'It had been revoked.' },
    NOT_REGISTERED: { description: 'It was not registered yet.' },
  },
});

@ObjectType({ description: 'Who said something, for those who may know.' })
export class ProvenanceAuthor {
  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Control group of the member when the entry was decided.',
  })
  group!: string | null;

  @Field(() => String, { description: 'Thumbprint of the key that signed.' })
  key!: string;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Log index of the statement that registered the key.',
  })
  keyAdded!: number | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Log index of the statement that revoked the key; null while it stands.',
  })
  keyRevoked!: number | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'From which log index on what the key signed is void; null while it stands.',
  })
  keyVoidFrom!: number | null;

  @Field(() => KeyStandingThen, { description: 'What the log says of the key at the index of the entry.' })
  keyStanding!: (typeof KeyStandingThen)[keyof typeof KeyStandingThen];

  @Field(() => Boolean, { description: 'Whether the caller itself is the author.' })
  own!: boolean;
}

@ObjectType({ description: 'The place of an entry.' })
export class EntryPlace {
  @Field(() => SafeInt, { description: 'Log index of the submission.' })
  index!: number;

  @Field(() => Int, { description: 'Line in the submission, from 0.' })
  line!: number;
}

@ObjectType({
  description:
    'What proves a decision from the leaf (docs/protocol-submission.md, "The history of a signal"): the leaf commits to the content body, and that to the decisions.',
})
export class DecisionProof {
  @Field(() => String, { description: 'Content body of the submission, in its exact bytes.' })
  content!: string;

  @Field(() => String, {
    description: 'Decision line, in its exact bytes: number of the line, verdict, code and `prev`.',
  })
  line!: string;

  @Field(() => [String], {
    description: 'Hashes from the decision line to the decision root, in hex, leaf side first.',
  })
  path!: string[];
}

@ObjectType({ description: 'Something that concerns a signal in a channel.' })
export class ProvenanceEvent {
  @Field(() => ProvenanceEventKind, { description: 'What it is.' })
  kind!: HistoryEvent['kind'];

  @Field(() => SafeInt, { description: 'Index of the statement in the provenance log.' })
  index!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Line in the submission, from 0; null when the statement is no submission.',
  })
  line!: number | null;

  @Field(() => DateTime, { description: 'Time of the leaf.' })
  time!: Date;

  @Field(() => EntryDecision, { nullable: true, description: 'What the hub decided about the entry.' })
  verdict!: keyof typeof EntryDecision | null;

  @Field(() => String, { nullable: true, description: 'Why the entry was held or rejected.' })
  code!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      '`effective`, or why the entry has no effect at its place in the log, such as `key_not_active`; null unless the author is shown.',
  })
  effect!: string | null;

  @Field(() => SafeInt, {
    nullable: true,
    description:
      'Greatest log index below its own of a submission about the signal in this channel, as the decision says.',
  })
  prev!: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the author asked to be named.' })
  named!: boolean | null;

  @Field(() => String, { nullable: true, description: 'Why it was retracted, such as `false_positive`.' })
  reason!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'First day, UTC, on which the claim no longer stands, `YYYY-MM-DD`.',
  })
  expires!: string | null;

  @Field(() => ProvenanceAuthor, {
    nullable: true,
    description:
      'Who said it: for the author itself, for every receiver when named, and for staff who say why. Null for anybody else.',
  })
  author!: ProvenanceAuthor | null;

  @Field(() => EntryEnd, {
    nullable: true,
    description: 'How the entry became void, as far as the caller may know.',
  })
  endedAs!: HistoryEvent['endedAs'];

  @Field(() => SafeInt, {
    nullable: true,
    description:
      'Log index of the first statement that made the entry void; null unless the author is shown.',
  })
  endedBy!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Whose key was revoked, or who was recalled; public in the log.',
  })
  member!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Thumbprint of the key that was revoked; public in the log.',
  })
  key!: string | null;

  @Field(() => [EntryPlace], {
    description: 'The entries about the signal that the statement ended, as far as the caller may know.',
  })
  ended!: EntryPlace[];

  @Field(() => String, { description: 'The exact bytes of the leaf, which the proof is about.' })
  leaf!: string;

  @Field(() => DecisionProof, {
    nullable: true,
    description:
      'That the decision is the one that the leaf commits to; null when the statement is no submission.',
  })
  decision!: DecisionProof | null;

  @Field(() => String, {
    nullable: true,
    description:
      'That the leaf is in the log, a `c2sp.org/tlog-proof@v1` text; null until a signed checkpoint covers it.',
  })
  proof!: string | null;
}

@ObjectType({ description: 'An event and its place in the history.' })
export class ProvenanceEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => ProvenanceEvent, { description: 'The event.' })
  node!: ProvenanceEvent;
}

@ObjectType({ description: 'A page of the history of a signal in a channel, in log order.' })
export class Provenance {
  readonly __typename = 'Provenance';

  @Field(() => String, { description: 'Name of the channel.' })
  channel!: string;

  @Field(() => String, { description: 'Name of the signal type.' })
  type!: string;

  @Field(() => SafeInt, { description: 'Size of the log that the history is of.' })
  size!: number;

  @Field(() => SafeInt, {
    description:
      'Index of the latest submission about the signal: `prev` of each decision leads from there back to the first.',
  })
  latest!: number;

  @Field(() => [ProvenanceEdge], { description: 'The events of the page.' })
  edges!: ProvenanceEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

export const ProvenanceLookup = createUnionType({
  name: 'ProvenanceLookup',
  description:
    'A history, or nothing: a signal without one and a channel that the caller has no right to are not told apart.',
  types: () => [Provenance, NotFound] as const,
});

@ObjectType({ description: 'That a person was shown the author of an anonymous entry.' })
export class AuthorshipRead {
  @Field(() => SafeInt, { description: 'Number of the row; they only grow.' })
  number!: number;

  @Field(() => ID, { description: 'Who read it.' })
  person!: string;

  @Field(() => SafeInt, { description: 'Log index of the submission.' })
  index!: number;

  @Field(() => Int, { description: 'Line of the entry, from 0.' })
  line!: number;

  @Field(() => String, { description: 'Name of the channel.' })
  channel!: string;

  @Field(() => String, { description: 'Why, in the words of the person.' })
  purpose!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'A read of authorship and its place in the list.' })
export class AuthorshipReadEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => AuthorshipRead, { description: 'The read.' })
  node!: AuthorshipRead;
}

@ObjectType({ description: 'A page of the reads of authorship.' })
export class AuthorshipReadConnection {
  @Field(() => [AuthorshipReadEdge], { description: 'The reads of the page, the latest first.' })
  edges!: AuthorshipReadEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}
