import { createKeyProof, type SigningKey } from '#libs/keys';
import { KeyStatements } from '#libs/membership';
import type { TestHub } from './api-hub.js';
import { got, type Ask } from './applications-hub.js';

const REFUSED = '... on ActRefused { code field rule }';
const KEY = `thumbprint fingerprint purpose state route notAfter overlapEndsAt endReason endedAt endSince addedIndex revokedIndex
  history { from to at } registration { challengeExpiresAt provedAt confirmations }`;
const SET = 'url proposedUrl fetchedAt failure';

export const KEYS = `query ($member: String!) { memberKeys(member: $member) { __typename
  ... on MemberKeys { member keys { ${KEY} } keySet { ${SET} } } ... on NotFound { code message } } }`;
export const ACTORS = `query ($member: String!) { memberKeys(member: $member) {
  ... on MemberKeys { keys { thumbprint history { to actor } } } } }`;
export const REGISTER = `mutation ($input: RegisterKeyInput!) { registerKey(input: $input) { __typename
  ... on KeyChallenge { member key fingerprint audience nonce expiresAt route } ${REFUSED} } }`;
export const AGAIN = `mutation ($key: ID!) { challengeKeyAgain(key: $key) { __typename
  ... on KeyChallenge { member key fingerprint audience nonce expiresAt route } ${REFUSED} } }`;

/** A mutation about a key that takes an input of that type. */
export const onKey = (name: string, type: string): string =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { __typename ... on KeyActed { member key { ${KEY} } } ${REFUSED} } }`;
export const onOwnKey = (name: string): string =>
  `mutation ($key: ID!) { ${name}(key: $key) { __typename ... on KeyActed { member key { ${KEY} } } ${REFUSED} } }`;
export const PROPOSE = `mutation ($url: String!) { proposeKeySet(url: $url) { __typename
  ... on KeySetActed { keySet { ${SET} } } ${REFUSED} } }`;
export const APPROVE = `mutation ($input: ApproveKeySetInput!) { approveKeySet(input: $input) { __typename
  ... on KeySetActed { keySet { ${SET} } } ${REFUSED} } }`;
export const onKeySet = (name: string): string =>
  `mutation { ${name} { __typename ... on KeySetActed { keySet { ${SET} } } ${REFUSED} } }`;

export const PROVE = onKey('proveKey', 'ProveKeyInput');
export const CONFIRM = onKey('confirmKeyFingerprint', 'ConfirmKeyInput');
export const RETIRE = onKey('retireKey', 'RetireKeyInput');
export const REVOKE = onKey('revokeKey', 'RevokeKeyInput');
export const STAFF_REVOKE = onKey('revokeMemberKey', 'RevokeMemberKeyInput');

export interface Challenge {
  member: string;
  key: string;
  fingerprint: string;
  audience: string;
  nonce: string;
  route: string;
}

/** Uploads a public key. */
export const upload = (ask: Ask, purpose: string, key: SigningKey) =>
  got(ask, REGISTER, { input: { purpose: purpose.toUpperCase(), jwk: key.publicKey.jwk } });

/** What is to be signed, signed by a key. */
export function proofOf(challenge: Challenge, purpose: string, key: SigningKey): Promise<string> {
  const { member: iss, audience: aud, nonce, key: jkt } = challenge;
  return createKeyProof({ iss, aud, nonce, jkt, purpose, key });
}

/** Lets the worker log what was decided about keys. */
export async function stateKeys(hub: TestHub): Promise<void> {
  await new KeyStatements(hub.worker).sweep();
  await hub.settle();
}

/** The key of that thumbprint as somebody sees it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function keyOf(ask: Ask, member: string, thumbprint: string): Promise<any> {
  const { keys } = await got(ask, KEYS, { member });
  return keys.find((key: { thumbprint: string }) => key.thumbprint === thumbprint);
}
