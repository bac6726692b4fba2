const REFUSED = '... on ActRefused { code field rule }';
const KEY = `thumbprint fingerprint purpose state route createdAt notAfter overlapEndsAt unlistedAt endReason endedAt endSince
  addedIndex revokedIndex registration { challengeExpiresAt provedAt confirmations }`;
const SET = 'url proposedUrl fetchedAt attemptedAt failure';
const CHALLENGE = `{ __typename ... on KeyChallenge { member key fingerprint audience nonce expiresAt route } ${REFUSED} }`;

export const KEYS = `query ($member: String!) { memberKeys(member: $member) { __typename
  ... on MemberKeys { member keys { ${KEY} history { from to at } } keySet { ${SET} } } } }`;
export const REGISTER = `mutation ($input: RegisterKeyInput!) { registerKey(input: $input) ${CHALLENGE} }`;
export const AGAIN = `mutation ($key: ID!) { challengeKeyAgain(key: $key) ${CHALLENGE} }`;
export const WITHDRAW = onKey('withdrawKey', '$key: ID!', 'key: $key');

/** A mutation about a key that takes an input of that type. */
export function keyMutation(name: string, type: string): string {
  return onKey(name, `$input: ${type}!`, 'input: $input');
}

export const PROPOSE = onKeySet('proposeKeySet', '($url: String!)', '(url: $url)');
export const REMOVE = onKeySet('removeKeySet', '', '');
export const REFRESH = onKeySet('refreshKeySet', '', '');
export const APPROVE = onKeySet('approveKeySet', '($input: ApproveKeySetInput!)', '(input: $input)');

function onKey(name: string, declared: string, given: string): string {
  return `mutation (${declared}) { ${name}(${given}) { __typename ... on KeyActed { member key { ${KEY} } } ${REFUSED} } }`;
}

function onKeySet(name: string, declared: string, given: string): string {
  return `mutation ${declared} { ${name}${given} { __typename ... on KeySetActed { member keySet { ${SET} } } ${REFUSED} } }`;
}
