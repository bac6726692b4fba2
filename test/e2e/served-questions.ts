import { valueOf } from './served-story.js';

const NOBODY = '00000000-0000-7000-8000-000000000000';

/** What a question is about. */
export interface Subjects {
  readonly channel: string;
  /** Names of values to ask about. */
  readonly values: readonly string[];
  /** Submissions of others. */
  readonly submissions: readonly string[];
  /** Rounds of the feed that are asked for. */
  readonly rounds: number;
  /** Log indexes that are asked for. */
  readonly indexes: readonly number[];
  /** A batch that the caller lays down. */
  readonly batch: { readonly manifest: string; readonly entries: string };
}

type Variables = readonly Readonly<Record<string, unknown>>[];

/**
 * With which arguments each entry point is asked. An entry point without a line here makes the tests fail: what is added to the API for members
 * has to be asked for here, with guesses that are right and guesses that are wrong.
 */
export const QUESTIONS: Readonly<Record<string, (about: Subjects) => Variables>> = {
  'Query.me': () => [{}],
  'Query.viewer': () => [{}],
  'Query.staff': () => [{}],
  'Query.__schema': () => [{}],
  'Query.__type': () => [{}],
  'Query.agreement': () => [{}],
  'Query.conformanceRuns': () => [{}],
  'Query.applicant': () => [{ id: NOBODY }],
  'Query.applicants': () => [{ first: 10 }],
  'Query.feeds': () => [{ first: 10 }, { first: 1 }, { first: 0 }, { first: 10, after: 'x' }],
  'Query.feed': ({ channel }) => [{ id: channel }, { id: 'none' }, { id: 'No name' }],
  'Query.feedDelta': ({ channel, rounds }) => [
    ...Array.from({ length: rounds + 2 }, (_, after) => ({
      feed: channel,
      type: 'sha256',
      after,
      first: 100,
    })),
    { feed: channel, type: 'sha256', after: 0, first: 1 },
    { feed: channel, type: 'md5', after: 0, first: 100 },
    { feed: 'none', type: 'sha256', after: 0, first: 100 },
    { feed: channel, type: 'sha256', after: 0, first: 1, cursor: 'x' },
  ],
  'Query.submission': ({ submissions }) => [...submissions, NOBODY, 'x'].map((jti) => ({ jti })),
  'Query.provenance': ({ channel, values }) => [
    ...values.flatMap((name) => [
      { type: 'sha256', value: valueOf(name), channel, first: 100 },
      { type: 'sha256', value: valueOf(name), channel, first: 1 },
      { type: 'pdq', value: valueOf(name), channel, first: 100 },
      { type: 'sha256', value: valueOf(name).toUpperCase(), channel, first: 100 },
    ]),
    { type: 'sha256', value: valueOf('nobody said this'), channel, first: 100, purpose: 'to see' },
  ],
  'Query.entryProof': ({ channel, values, indexes }) =>
    values.flatMap((name, i) => [
      { type: 'sha256', value: valueOf(name), channel },
      { type: 'sha256', value: valueOf(name), channel, purpose: 'to see' },
      ...(indexes[i] === undefined
        ? []
        : [{ type: 'sha256', value: valueOf(name), channel, index: indexes[i] }]),
    ]),
  'Query.states': () => [{ first: 10 }, { first: 1 }, { first: 0 }],
  'Mutation.requestReplayTicket': () => [{}, { purpose: 'to see' }],
  'Mutation.submit': ({ batch }) => [
    { input: batch },
    { input: batch },
    { input: { ...batch, entries: `${batch.entries}\n` } },
    { input: { manifest: 'x', entries: batch.entries } },
  ],
  'Mutation.startConformance': () => [{}],
  'Mutation.reportConformance': () => [{ input: { run: NOBODY, step: 'SUBMIT', submission: NOBODY } }],
  'Mutation.endorseApplicant': () => [{ endorsement: 'x' }],
  'Mutation.withdrawEndorsement': () => [{ application: NOBODY, number: 1 }],
  'Mutation.objectToApplicant': () => [{ input: { application: NOBODY, code: 'other', note: 'no' } }],
  'Mutation.acceptInvitation': () => [{ token: 'x' }],
  'Mutation.apply': () => [{ profile: {} }],
};
