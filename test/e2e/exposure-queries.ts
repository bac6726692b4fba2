/** Who could have received a value, of members and of persons. */
const ARGUMENTS = '$type: String!, $value: String!, $channel: String!, $first: Int!, $after: String';
export const EXPOSURE = `query (${ARGUMENTS}) {
  exposure(type: $type, value: $value, channel: $channel, first: $first, after: $after) { __typename
    ... on Exposure { channel type size horizon changes { round op signedAt } pageInfo { hasNextPage endCursor }
      edges { node { member way certain firstAt lastAt count windows { from to } } } }
    ... on NotFound { code message } } }`;
export const PERSONS = `query (${ARGUMENTS}) {
  personExposure(type: $type, value: $value, channel: $channel, first: $first, after: $after) { __typename
    ... on PersonExposures { pageInfo { hasNextPage endCursor } edges { node { kind number person from end purpose at until } } }
    ... on NotFound { code message } } }`;

/** What exposes: a ticket, a page of a delta, authors that are shown, a replay. */
export const TICKET = '{ feed(id: "csam") { ... on Feed { size ticket { prefix expiresAt } } } }';
export const DELTA = `query ($after: SafeInt!) { feedDelta(feed: "csam", type: "sha256", after: $after, first: 10) { ... on FeedDeltaPage { from to changes { value } } } }`;
export const PROVENANCE = `query ($value: String!, $purpose: String) { provenance(type: "sha256", value: $value, channel: "csam", first: 10, purpose: $purpose) {
  ... on Provenance { size edges { node { index } } } } }`;
export const REPLAY = `mutation ($purpose: String) { requestReplayTicket(purpose: $purpose) { ... on ReplayTicket { prefix expiresAt } } }`;

/** A row of `exposure`, and one of `personExposure`, as they come over the wire. */
export interface MemberRow {
  member: string;
  way: string;
  certain: boolean;
  firstAt: string;
  lastAt: string;
  count: number;
  windows: { from: string; to: string }[];
}
export interface PersonRow {
  kind: string;
  number: number;
  person: string;
  from: number | null;
  end: number | null;
  purpose: string;
  at: string;
  until: string | null;
}
