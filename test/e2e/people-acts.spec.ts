import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDemoIdentityProvider } from '#libs/access';
import { freePort, type RunningProcess } from '#libs/platform';
import { TestHub, type GraphqlAnswer } from './api-hub.js';
import { Browser } from './people-browser.js';
import { giveRoles, startAnother } from './people-hub.js';

const VIEWER = '{ viewer { name roles administers } }';
const STAFF = '{ staff { id subject roles disabled administers } }';
const REFUSED = '... on ActRefused { code field rule message }';
const INVITE = `mutation ($role: StaffRole!) { inviteStaff(role: $role) { __typename ... on InvitationIssued { id token expiresAt } ${REFUSED} } }`;
const INVITE_ADMIN = `mutation ($member: String!) { inviteMemberAdministrator(member: $member) { __typename ... on InvitationIssued { id token } ${REFUSED} } }`;
const ACCEPT = `mutation ($token: String!) { acceptInvitation(token: $token) { __typename ... on Viewer { roles administers } ${REFUSED} } }`;
const personAct = (name: string): string =>
  `mutation ($input: PersonActInput!) { ${name}(input: $input) { __typename ... on Person { subject disabled roles } ${REFUSED} } }`;
const roleAct = (name: string): string => personAct(name).replace('PersonActInput', 'StaffRoleInput');

let hub: TestHub;
let second: RunningProcess;
const people: Record<string, Browser> = {};

beforeAll(async () => {
  hub = await TestHub.start();
  second = await startAnother(hub);
  await hub.admit('alpha');
  await hub.admit('beta');
  await hub.settle();
  await giveRoles(hub, [
    ['alice', 'approver'],
    ['albert', 'approver'],
    ['vera', 'vetter'],
    ['ada', 'auditor'],
    ['otto', 'operator'],
  ]);
  for (const persona of ['alice', 'albert', 'vera', 'ada', 'otto', 'mia', 'noah']) await login(persona);
});
afterAll(async () => {
  await second.close();
  await hub.close();
});

async function login(persona: string): Promise<Browser> {
  const browser = new Browser(hub.url);
  expect((await browser.login(persona)).status).toBe(200);
  people[persona] = browser;
  return browser;
}

const code = ({ status, body }: { status: number; body: GraphqlAnswer['body'] }) => [
  status,
  body.errors?.[0]?.extensions.code,
];

async function ask(persona: string, query: string, variables: Record<string, unknown> = {}) {
  const answer = await people[persona]!.graphql(query, variables);
  if ((answer.body.data ?? null) === null) throw new Error(JSON.stringify(answer.body));
  return Object.values(answer.body.data as Record<string, Record<string, string>>)[0]!;
}

async function idOf(subject: string): Promise<string> {
  const [row] = await hub.database.admin.read('id', 'system:test', (tx) =>
    tx.query<{ id: string }>('SELECT id::text FROM cairn.person WHERE subject = $1', [subject]),
  );
  return row!.id;
}

describe('people of a hub', () => {
  it('have the roles that the database gives them, whoever their provider says they are', async () => {
    expect(await ask('vera', VIEWER)).toEqual({ name: 'Vera Vetter', roles: ['VETTER'], administers: null });
    expect(await ask('mia', VIEWER)).toEqual({ name: 'Mia Member', roles: [], administers: null });
  });

  it('are listed to staff alone', async () => {
    const listed = (await ask('ada', STAFF)) as unknown as { subject: string }[];
    expect(listed.map(({ subject }) => subject)).toEqual(['ada', 'albert', 'alice', 'otto', 'vera']);
    for (const persona of ['mia', 'noah']) {
      expect(code(await people[persona]!.graphql(STAFF))).toEqual([403, 'FORBIDDEN']);
    }
  });

  it.each(['vera', 'ada', 'otto', 'mia', 'noah'])(
    'who are no approvers cannot act on staff: %s',
    async (persona) => {
      const input = { person: await idOf('noah'), reason: 'x' };
      const browser = people[persona]!;
      const answers = [
        await browser.graphql(INVITE, { role: 'APPROVER' }),
        await browser.graphql(roleAct('giveStaffRole'), { input: { ...input, role: 'APPROVER' } }),
        await browser.graphql(roleAct('takeStaffRole'), { input: { ...input, role: 'APPROVER' } }),
        await browser.graphql(personAct('disablePerson'), { input }),
        await browser.graphql(personAct('enablePerson'), { input }),
      ];
      for (const answer of answers) expect(code(answer)).toEqual([403, 'FORBIDDEN']);
    },
  );

  it('are no members: a machine reads nothing about them', async () => {
    const member = await hub.admit('gamma');
    await hub.settle();
    for (const query of [VIEWER, STAFF]) {
      expect(code(await hub.graphql(member, query))).toEqual([403, 'FORBIDDEN']);
    }
    expect(code(await hub.graphql(null, VIEWER))).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('an invitation', () => {
  it('is accepted once by whoever shows it, and not by who made it', async () => {
    const { token } = await ask('alice', INVITE, { role: 'AUDITOR' });
    expect(await ask('alice', ACCEPT, { token })).toMatchObject({ code: 'NOT_ALLOWED', field: 'token' });
    expect(await ask('noah', ACCEPT, { token })).toMatchObject({ __typename: 'Viewer', roles: ['AUDITOR'] });
    expect(await ask('mia', ACCEPT, { token })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await ask('noah', VIEWER)).toMatchObject({ roles: ['AUDITOR'] });
    expect(hub.log.join('')).not.toContain(token);
  });

  it('to administer a member gives that one, and the right to invite for it alone', async () => {
    const { token } = await ask('vera', INVITE_ADMIN, { member: 'alpha' });
    expect(await ask('mia', ACCEPT, { token })).toMatchObject({ administers: 'alpha', roles: [] });
    expect(await ask('mia', INVITE_ADMIN, { member: 'alpha' })).toMatchObject({
      __typename: 'InvitationIssued',
    });
    const foreign = await ask('mia', INVITE_ADMIN, { member: 'beta' });
    expect(foreign).toMatchObject({ code: 'NOT_FOUND' });
    expect(await ask('mia', INVITE_ADMIN, { member: 'nobody' })).toEqual(foreign);
    expect(code(await people['mia']!.graphql(INVITE, { role: 'VETTER' }))).toEqual([403, 'FORBIDDEN']);
  });
});

describe('acts on staff', () => {
  it('give and take roles from the next request on, at every process', async () => {
    const input = { person: await idOf('otto'), role: 'VETTER', reason: 'helps out' };
    const otto = people['otto']!.at(second.url);
    expect(await ask('alice', roleAct('giveStaffRole'), { input })).toMatchObject({
      roles: ['VETTER', 'OPERATOR'],
    });
    expect((await otto.graphql(VIEWER)).body.data.viewer.roles).toEqual(['VETTER', 'OPERATOR']);
    expect(await ask('albert', roleAct('takeStaffRole'), { input })).toMatchObject({ roles: ['OPERATOR'] });
    expect((await otto.graphql(VIEWER)).body.data.viewer.roles).toEqual(['OPERATOR']);
  });

  it('are refused with field and rule', async () => {
    const person = await idOf('otto');
    const wrong: [object, object][] = [
      [
        { person, reason: '' },
        { code: 'BAD_INPUT', field: 'reason' },
      ],
      [
        { person: await idOf('alice'), reason: 'x' },
        { code: 'NOT_ALLOWED', field: 'person' },
      ],
      ...['0', '-1', '1e3', 'x', '99999999', '9999999999999'].map((id): [object, object] => [
        { person: id, reason: 'x' },
        { code: 'NOT_FOUND', field: 'person' },
      ]),
    ];
    for (const [input, refusal] of wrong) {
      expect(await ask('alice', personAct('disablePerson'), { input })).toMatchObject(refusal);
    }
  });

  it('disable a person at the next request, at every process, and for logins too', async () => {
    const here = people['vera']!;
    const there = here.at(second.url);
    expect([(await here.graphql(VIEWER)).status, (await there.graphql(VIEWER)).status]).toEqual([200, 200]);
    const input = { person: await idOf('vera'), reason: 'laptop stolen' };
    expect(await ask('alice', personAct('disablePerson'), { input })).toMatchObject({ disabled: true });
    for (const browser of [here, there])
      expect(code(await browser.graphql(VIEWER))).toEqual([401, 'UNAUTHENTICATED']);
    const again = new Browser(hub.url);
    expect((await again.login('vera')).status).toBe(403);
    expect(again.cookies.has('cairn')).toBe(false);
    expect(await ask('albert', personAct('enablePerson'), { input })).toMatchObject({ disabled: false });
    // The old session does not come back.
    expect(code(await here.graphql(VIEWER))).toEqual([401, 'UNAUTHENTICATED']);
    await login('vera');
    expect(await ask('vera', VIEWER)).toMatchObject({ roles: ['VETTER'] });
  });
});

describe('a hub with an identity provider of its own', () => {
  let provider: Server;
  let api: RunningProcess;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const issuerUrl = `http://127.0.0.1:${await freePort()}`;
    const elsewhere = { ...hub.config, publicUrl: issuerUrl };
    const { settings, handle } = createDemoIdentityProvider(elsewhere, `${url}/login/callback`);
    provider = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) =>
      provider.listen(Number(new URL(issuerUrl).port), '127.0.0.1', resolve),
    );
    const { issuer: oidcIssuer, clientId: oidcClientId, clientSecret: oidcClientSecret } = settings;
    api = await startAnother(hub, {
      port,
      publicUrl: url,
      production: true,
      oidcIssuer,
      oidcClientId,
      oidcClientSecret,
    });
  });
  afterAll(async () => {
    await api?.close();
    provider?.close();
  });

  it('logs people in by it, also in production, and has no demo provider', async () => {
    const browser = new Browser(url);
    expect((await browser.login('vera')).url).toBe(`${url}/login/done`);
    expect((await browser.send(`${url}/demo-identity/auth`)).status).toBe(404);
    // The same subject of another issuer is another person, without any role.
    expect((await browser.graphql(VIEWER)).body.data.viewer).toMatchObject({
      name: 'Vera Vetter',
      roles: [],
    });
  });

  it('says so when the provider is away', async () => {
    const away = await startAnother(hub, {
      publicUrl: url,
      oidcIssuer: `http://127.0.0.1:${await freePort()}`,
      oidcClientId: 'hub',
    });
    const visit = await new Browser(url, away.url).send(`${url}/login`);
    expect([visit.status, visit.text]).toEqual([502, expect.stringContaining('cannot be reached')]);
    await away.close();
  });

  it('has cookies that only TLS and this host get, when it is reached by https', async () => {
    const secure = await startAnother(hub, {
      publicUrl: 'https://hub.example.org',
      oidcIssuer: hub.url + '/demo-identity',
      oidcClientId: 'hub',
    });
    const { headers } = await new Browser('https://hub.example.org', secure.url).send(
      'https://hub.example.org/login',
    );
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-cairn-login=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/,
      ),
    ]);
    await secure.close();
  });

  it.each([
    [{ production: true }, 'NODE_ENV is production'],
    [{ publicUrl: 'https://hub.example.org' }, 'not on loopback'],
  ])('or else does not start with %j', async (change, why) => {
    await expect(startAnother(hub, change)).rejects.toThrow(why);
    expect(() => createDemoIdentityProvider({ ...hub.config, ...change }, 'x')).toThrow(why);
  });
});
