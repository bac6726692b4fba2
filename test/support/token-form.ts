import { CLIENT_ASSERTION_TYPE, createClientAssertion, type SigningKey } from '#libs/keys';

/** What a client sends to the token endpoint of the hub at `hubUrl`, with an assertion it has made. */
export function tokenForm(hubUrl: string, assertion: string): Record<string, string> {
  return {
    grant_type: 'client_credentials',
    client_assertion_type: CLIENT_ASSERTION_TYPE,
    client_assertion: assertion,
    scope: 'cairn',
    resource: `${hubUrl}/graphql`,
  };
}

/** The same as an honest member makes it: a new assertion by its key. */
export async function memberTokenForm(
  hubUrl: string,
  member: string,
  key: SigningKey,
): Promise<URLSearchParams> {
  const assertion = await createClientAssertion({ clientId: member, issuer: hubUrl, key });
  return new URLSearchParams(tokenForm(hubUrl, assertion));
}
