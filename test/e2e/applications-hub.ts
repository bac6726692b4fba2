import { hash, randomUUID } from 'node:crypto';
import { signCompactJws } from '#libs/keys';
import { ENDORSEMENT_TYP } from '#libs/protocol';
import type { GraphqlAnswer, TestHub, TestMember } from './api-hub.js';
import type { Browser } from './people-browser.js';

/** How somebody asks the API. */
export type Ask = (
  query: string,
  variables?: Record<string, unknown>,
) => Promise<{ status: number; body: GraphqlAnswer['body'] }>;

export const anybody =
  (hub: TestHub): Ask =>
  (query, variables) =>
    hub.graphql(null, query, variables);
export const machine =
  (hub: TestHub, member: TestMember): Ask =>
  (query, variables) =>
    hub.graphql(member, query, variables);
export const person =
  (browser: Browser): Ask =>
  (query, variables) =>
    browser.graphql(query, variables);
export const applicant =
  (hub: TestHub, secret: string): Ask =>
  (query, variables = {}) =>
    hub.post(JSON.stringify({ query, variables }), { authorization: `Application ${secret}` });

const REFUSED = '... on ActRefused { code field rule }';
const ACTED = `__typename ... on ApplicationActed { application state number } ${REFUSED}`;

export const APPLY = `mutation ($profile: ApplicationProfileInput!) { apply(profile: $profile) {
  __typename ... on ApplicationBegun { application secret } ${REFUSED} } }`;
export const OWN = `{ application { id state member agreementAccepted profile { legalName kind channels { channel } }
  principles { principle standing } documents { name digest } checklist { code } moves { from to reason note } } }`;
export const RECORD = `query ($id: ID!) { applicationRecord(id: $id) { __typename ... on NotFound { code }
  ... on ApplicationRecord { id state conflict windowLeft controlGroup checklist { code missing }
    principles { number principle standing } findings { finding person } checks { code outcome person }
    endorsements { member counts withdrawn } objections { number code answer { outcome } } moves { to person reason }
    recommendations { person direction reasons } profile { legalName contacts { abuse } } } } }`;
export const FOR_DECISION = `query ($id: ID!) { applicationForDecision(id: $id) { __typename
  ... on ApplicationForDecision { digest document application { state } } ... on NotFound { code } } }`;
export const APPLICANT = `query ($id: ID!) { applicant(id: $id) { __typename
  ... on Applicant { id legalName legalNameDigest kind state ownEndorsement } ... on NotFound { code message } } }`;

/** A mutation that takes an input of a type and acts on an application. */
export const withInput = (name: string, type: string): string =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { ${ACTED} } }`;
/** A mutation that takes the id of an application alone. */
export const onApplication = (name: string): string =>
  `mutation ($application: ID!) { ${name}(application: $application) { ${ACTED} } }`;
/** A mutation of these arguments. */
export const withArguments = (name: string, types: Record<string, string>): string => {
  const declared = Object.entries(types).map(([argument, type]) => `$${argument}: ${type}`);
  const given = Object.keys(types).map((argument) => `${argument}: $${argument}`);
  const [left, right] =
    declared.length === 0 ? ['', ''] : [`(${declared.join(', ')})`, `(${given.join(', ')})`];
  return `mutation ${left} { ${name}${right} { ${ACTED} } }`;
};

/** The one field that was asked for, or a failed test. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function got(ask: Ask, query: string, variables: Record<string, unknown> = {}): Promise<any> {
  const { body } = await ask(query, variables);
  if ((body.data ?? null) === null) throw new Error(JSON.stringify(body));
  return Object.values(body.data as Record<string, unknown>)[0];
}

/** The code of the error that is all there is. */
export async function refusal(ask: Ask, query: string, variables: Record<string, unknown> = {}) {
  const { status, body } = await ask(query, variables);
  return [status, body.errors?.[0]?.extensions.code];
}

/** What an honest platform says of itself. */
export function profileOf(handle: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const mail = (box: string): string => `${box}@${handle}.example.org`;
  return {
    handle,
    legalName: `${handle} Ltd`,
    kind: 'PLATFORM',
    jurisdiction: 'NZ',
    domain: `${handle}.example.org`,
    contacts: {
      application: mail('apply'),
      abuse: mail('abuse'),
      security: mail('security'),
      dataProtection: mail('privacy'),
    },
    policyUrl: `https://${handle}.example.org/policy`,
    appealUrl: `https://${handle}.example.org/appeals`,
    channels: [{ channel: 'csam', submit: true, receive: true }],
    measures: ['No direct messages for users under sixteen.'],
    about: 'A place to meet.',
    ...more,
  };
}

/** An endorsement as a member signs it. */
export function endorsement(
  hub: TestHub,
  member: TestMember,
  application: string,
  legalName: string,
): Promise<string> {
  return signCompactJws({
    typ: ENDORSEMENT_TYP,
    key: member.signing,
    payload: {
      iss: member.name,
      aud: hub.config.origin,
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      applicant: { application, legalName: hash('sha256', legalName, 'hex') },
      relationship: 'none',
      note: null,
    },
  });
}
