import { buildSchema } from 'graphql';

/** The part of the hub's GraphQL schema that members use. A query that does not fit it fails in every test. */
export const hubSchema = buildSchema(`
  scalar SafeInt
  scalar DateTime
  interface Failure { code: String! message: String! }
  type NotFound implements Failure { code: String! message: String! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type ChannelLabel { code: Int! label: String! }
  type ChannelPolicy { tlp: String! types: [String!]! labels: [ChannelLabel!]! corroboration: Int! }
  type MyChannel { channel: String! submit: Boolean! receive: Boolean! policy: ChannelPolicy! }
  type MyKey { thumbprint: String! purpose: String! active: Boolean! }
  type Me { member: String! name: String! kind: String! status: String! channels: [MyChannel!]! keys: [MyKey!]! }
  type FeedTicket { prefix: String! cookie: String! expiresAt: DateTime! }
  type FeedType { type: String! records: SafeInt! root: String! }
  type Feed {
    id: ID! origin: String! size: SafeInt! root: String! checkpoint: String!
    types: [FeedType!]! policy: ChannelPolicy! ticket: FeedTicket!
  }
  union FeedResult = Feed | NotFound
  input SubmitInput { manifest: String! entries: String! }
  type SubmissionReceipt {
    jti: ID! digest: String! receivedAt: DateTime! deadline: DateTime! counter: SafeInt! promise: String!
  }
  type SubmissionRefused implements Failure {
    code: String! message: String! field: String! rule: String! line: Int
  }
  union SubmitResult = SubmissionReceipt | SubmissionRefused
  enum SubmissionState { RECEIVED DECIDED SEQUENCED PUBLISHED }
  enum EntryDecision { ACCEPTED HELD REJECTED }
  type EntryOutcome { line: Int! outcome: EntryDecision! code: String effect: String }
  type EntryOutcomeEdge { cursor: String! node: EntryOutcome! }
  type EntryOutcomeConnection { edges: [EntryOutcomeEdge!]! pageInfo: PageInfo! }
  type Submission {
    jti: ID! channel: String! state: SubmissionState! count: Int! digest: String! receivedAt: DateTime!
    deadline: DateTime! counter: SafeInt! promise: String! logIndex: SafeInt proof: String leaf: String
    content: String author: String accepted: Int held: Int rejected: Int
    entries(first: Int!, after: String): EntryOutcomeConnection
  }
  union SubmissionLookup = Submission | NotFound
  type Query {
    me: Me!
    feed(id: ID!): FeedResult!
    submission(jti: ID!): SubmissionLookup!
  }
  type Mutation { submit(input: SubmitInput!): SubmitResult! }
`);
