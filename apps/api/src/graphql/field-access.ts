import type { Role } from '#libs/access';
import { ACCESS_HISTORY_ACCESS } from '../access-history/access-history-access.js';
import { APPLICATION_ACCESS } from '../application/application-access.js';
import { AUDIT_ACCESS } from '../audit/audit-access.js';
import { CONFORMANCE_ACCESS } from '../conformance/conformance-access.js';
import { EXPOSURE_ACCESS } from '../exposure/exposure-access.js';
import { ERASURE_ACCESS } from '../erasure/erasure-access.js';
import { HEAD_MISMATCH_ACCESS } from '../head-mismatch/head-mismatch-access.js';
import { KEYS_ACCESS } from '../keys/keys-access.js';
import { MEMBER_ADMINISTRATION_ACCESS } from '../member-administration/member-administration-access.js';
import { PEOPLE_ACCESS } from '../people/people-access.js';
import { PROVENANCE_ACCESS } from '../provenance/provenance-access.js';
import { REPLAY_ACCESS } from '../replay/replay-access.js';
import type { FieldAccess } from './field-guard.js';
import { rules } from './field-rules.js';

const MEMBER: readonly Role[] = ['member'];

/** Failures are about the caller's own request, whoever calls. */
const CALLERS: readonly Role[] = ['member', 'person'];

/**
 * Who may read which field. A field that is missing here is read by nobody, and a test fails; so does a row without a field. Rows give
 * what a role may ever read: whose rows of data they are is decided by the services, which ask the database each time.
 */
export const FIELD_ACCESS: FieldAccess = {
  ...rules('Query', MEMBER, {
    me: 'the caller itself',
    feeds: 'names channels: only those the caller may receive',
    feed: 'only when the caller may receive the channel',
    feedDelta: 'holds hash values: only when the caller may receive the channel',
    submission: 'only submissions of the caller',
    __schema: 'the schema is for partners; strangers need not be helped',
    __type: 'the schema is for partners; strangers need not be helped',
  }),
  ...rules('Mutation', MEMBER, {
    submit: 'in the name of the caller, which must be the author of what it sends',
  }),
  ...rules('Me', MEMBER, {
    member: 'own record',
    name: 'own record',
    kind: 'own record',
    status: 'own record',
    channels: 'own rights',
    keys: 'own keys, public parts',
  }),
  ...rules('MyChannel', MEMBER, {
    channel: 'a channel the caller takes part in',
    submit: 'a right of the caller',
    receive: 'a right of the caller',
    policy: 'rules that bind the caller; public in the provenance log',
  }),
  ...rules('MyKey', MEMBER, {
    thumbprint: 'own key; public in the provenance log',
    purpose: 'own key; public in the provenance log',
    active: 'own key; public in the provenance log',
  }),
  ...rules('ChannelPolicy', MEMBER, {
    tlp: 'public in the provenance log',
    types: 'public in the provenance log',
    labels: 'public in the provenance log',
    corroboration: 'public in the provenance log',
  }),
  ...rules('ChannelLabel', MEMBER, {
    code: 'public in the provenance log',
    label: 'public in the provenance log',
  }),
  ...rules('PageInfo', CALLERS, {
    hasNextPage: 'says nothing that the list does not',
    endCursor: 'sealed for the caller',
  }),
  ...rules('Failure', CALLERS, {
    code: 'about the own request',
    message: 'about the own request; quotes no value',
  }),
  ...rules('NotFound', CALLERS, {
    code: 'the same for what is not there and what is not the caller’s',
    message: 'the same for what is not there and what is not the caller’s',
  }),
  ...rules('InvalidCursor', CALLERS, {
    code: 'about the own request',
    message: 'about the own request; quotes no value',
  }),
  ...feedRules(),
  ...deltaRules(),
  ...submissionRules(),
  ...CONFORMANCE_ACCESS,
  ...PEOPLE_ACCESS,
  ...KEYS_ACCESS,
  ...APPLICATION_ACCESS,
  ...MEMBER_ADMINISTRATION_ACCESS,
  ...PROVENANCE_ACCESS,
  ...AUDIT_ACCESS,
  ...REPLAY_ACCESS,
  ...HEAD_MISMATCH_ACCESS,
  ...ERASURE_ACCESS,
  ...ACCESS_HISTORY_ACCESS,
  ...EXPOSURE_ACCESS,
};

function feedRules(): FieldAccess {
  return {
    ...rules('FeedConnection', MEMBER, {
      edges: 'only feeds the caller may receive',
      pageInfo: 'says nothing that the list does not',
    }),
    ...rules('FeedEdge', MEMBER, {
      cursor: 'sealed for the caller',
      node: 'only feeds the caller may receive',
    }),
    ...rules('Feed', MEMBER, {
      id: 'a channel the caller may receive',
      origin: 'needed to verify the feed',
      size: 'the head that every receiver sees; public as `published` in the provenance log',
      root: 'the head that every receiver sees; public as `published` in the provenance log',
      checkpoint: 'the head that every receiver sees, signed',
      types: 'sizes and roots of sets that the caller may pull',
      policy: 'public in the provenance log',
      ticket: 'a right of the caller to what it may receive, for five minutes',
    }),
    ...rules('FeedType', MEMBER, {
      type: 'of a set that the caller may pull',
      records: 'of a set that the caller may pull',
      root: 'of a set that the caller may pull',
    }),
    ...rules('FeedTicket', MEMBER, {
      prefix: 'the caller’s own ticket',
      cookie: 'the caller’s own ticket',
      expiresAt: 'the caller’s own ticket',
    }),
  };
}

/** The same content that every receiver of the channel gets in packs, no more and no less. */
function deltaRules(): FieldAccess {
  const inPacks = 'in the packs that every receiver of the channel gets';
  return {
    ...rules('FeedDeltaPage', MEMBER, {
      feed: 'echo of the request',
      type: 'echo of the request',
      from: 'echo of the request',
      to: 'size of a signed head',
      page: 'number of the page',
      last: 'says nothing that the pages do not',
      cursor: 'sealed for the caller',
      changes: inPacks,
      setRoot: 'in the signed feed',
      jws: 'the page again, signed',
    }),
    ...rules('FeedChange', MEMBER, {
      op: inPacks,
      value: inPacks,
      status: inPacks,
      assurance: inPacks,
      supporters: `${inPacks}: a bucket, never an exact number above 3`,
      labels: inPacks,
      expires: inPacks,
      quality: inPacks,
      authors: `${inPacks}: only members who asked to be named`,
      reason: inPacks,
    }),
    ...rules('LabelCount', MEMBER, { label: inPacks, count: `${inPacks}: a bucket` }),
    ...rules('FeedReset', CALLERS, {
      code: 'about the own request',
      message: 'about the own request; quotes no value',
    }),
    ...rules('FeedReset', MEMBER, {
      horizon: 'in the signed feed',
    }),
  };
}

function submissionRules(): FieldAccess {
  const own = 'of the caller’s own submission';
  return {
    ...rules('SubmissionReceipt', MEMBER, {
      jti: own,
      digest: own,
      receivedAt: own,
      deadline: own,
      counter: own,
      promise: own,
    }),
    ...rules('SubmissionRefused', CALLERS, {
      code: 'about the own request',
      message: 'about the own request; quotes no value',
    }),
    ...rules('SubmissionRefused', MEMBER, {
      field: 'about the own request',
      rule: 'about the own request; quotes no value',
      line: 'about the own request',
      retryAt: 'about the own request',
    }),
    ...rules('Submission', MEMBER, {
      jti: own,
      channel: own,
      state: own,
      count: own,
      digest: own,
      receivedAt: own,
      deadline: own,
      counter: own,
      promise: own,
      logIndex: own,
      proof: 'made of public parts of the provenance log',
      leaf: 'public in the provenance log',
      content: `${own}; null unless the caller receives the channel, since it tells what was known before`,
      author: own,
      accepted: own,
      held: own,
      rejected: own,
      entries: own,
    }),
    ...rules('EntryOutcomeConnection', MEMBER, { edges: own, pageInfo: own }),
    ...rules('EntryOutcomeEdge', MEMBER, { cursor: 'sealed for the caller', node: own }),
    ...rules('EntryOutcome', MEMBER, {
      line: own,
      outcome: `${own}; the same whether the value was known or not`,
      code: `${own}; the same whether the value was known or not`,
      effect: `${own}; depends on the author’s standing, never on what was known`,
    }),
  };
}
