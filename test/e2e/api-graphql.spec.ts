import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { readFileSync } from 'node:fs';
import { buildClientSchema, type IntrospectionQuery } from 'graphql';
import { printApiSchema } from '#apps/api/src/graphql/api-schema';
import type { BoundToken } from '#test/bound-token';
import { randomValue, SUBMIT, TestHub, type GraphqlAnswer, type TestMember } from './api-hub.js';

let hub: TestHub;
let alice: TestMember;
let token: BoundToken;
beforeAll(async () => {
  hub = await TestHub.start();
  await hub.createChannel('csam');
  alice = await hub.admit('alice');
  await hub.allow(alice, 'csam', { submit: true, receive: true });
  await hub.settle();
  token = await hub.token(alice);
});
afterAll(() => hub?.close());

const shown = () => token.headers();
const ask = async (query: string, variables: unknown = {}, more: object = {}): Promise<GraphqlAnswer> =>
  hub.post(JSON.stringify({ query, variables, ...more }), await shown());
const code = ({ status, body }: GraphqlAnswer): [number, string | undefined] => [
  status,
  body.errors?.[0]?.extensions.code,
];
const raw = (method: string, headers: Record<string, string>, body?: string): Promise<Response> =>
  fetch(`${hub.url}/graphql`, { method, headers, ...(body === undefined ? {} : { body }) });

describe('what is a request', () => {
  it('is one operation by POST as application/json', async () => {
    const answer = await ask('{ me { member name kind status } }');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      data: { me: { member: 'alice', name: 'ALICE', kind: 'PLATFORM', status: 'ACTIVE' } },
    });
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('is no %s', async (method) => {
    const response = await raw(method, await shown());
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await fetch(`${hub.url}/graphql?query={me{member}}`, { headers: await shown() })).status).toBe(
      405,
    );
  });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/graphql',
  ])('is not %s', async (type) => {
    const body = '{"query":"{ me { member } }"}';
    const response = await raw('POST', { ...(await shown()), 'content-type': type }, body);
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'UNSUPPORTED_MEDIA_TYPE' } }],
    });
  });

  it('is no form of another origin, with or without a cookie', async () => {
    const headers = {
      cookie: `token=${token.text}`,
      origin: 'http://evil.test',
      'content-type': 'text/plain',
    };
    expect((await raw('POST', headers, '{"query":"{ me { member } }"}')).status).toBe(415);
  });

  it.each<[string, string]>([
    ['a batch', '[{"query":"{ me { member } }"}]'],
    ['an empty batch', '[]'],
    ['no JSON', '{"query":'],
    ['nothing', ''],
    ['no query', '{}'],
    ['a query that is no text', '{"query":{"kind":"Document","definitions":[]}}'],
    ['a text', '"{ me { member } }"'],
    ['null', 'null'],
    ['variables in an array', '{"query":"{ me { member } }","variables":[]}'],
    ['an operation name that is no text', '{"query":"{ me { member } }","operationName":1}'],
    ['a poisoned prototype', '{"query":"{ me { member } }","variables":{"__proto__":{"a":1}}}'],
  ])('is not %s', async (_name, body) => {
    expect(code(await hub.post(body, await shown()))).toEqual([400, 'BAD_REQUEST']);
  });

  it('is no syntax tree in the place of a document', async () => {
    const tree = JSON.stringify({
      kind: 'Document',
      definitions: [
        {
          kind: 'OperationDefinition',
          operation: 'query',
          selectionSet: {
            kind: 'SelectionSet',
            selections: [{ kind: 'Field', name: { kind: 'Name', value: '__typename' } }],
          },
        },
      ],
    });
    expect(code(await ask(tree))).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
    expect(code(await ask(` ${tree}`))).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
  });

  it('may have variables that are null and an operation name that is null', async () => {
    const answer = await hub.post(
      '{"query":"query a { me { member } }","variables":null,"operationName":null}',
      await shown(),
    );
    expect(answer.body.data).toEqual({ me: { member: 'alice' } });
    expect((await ask('query a { me { member } }', {}, { operationName: 'a', extensions: {} })).status).toBe(
      200,
    );
    expect(code(await ask('query c { me { member } }', {}, { operationName: 'b' }))[0]).toBe(400);
  });

  it('is at most 10 MiB, and small without a token', async () => {
    const body = (bytes: number): string =>
      JSON.stringify({ query: '{ me { member } }', pad: 'x'.repeat(bytes) });
    expect((await hub.post(body(9 * 2 ** 20), await shown())).status).toBe(200);
    await expectTooLarge(body(10 * 2 ** 20), await shown());
    expect(code(await hub.post(body(100_000)))).toEqual([401, 'UNAUTHENTICATED']);
    expect(code(await hub.post(body(100)))).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('tells its length when it shows no token', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${hub.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      });
      request.on('response', (response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      request.on('error', reject);
      request.end('{"query":"{ me { member } }"}');
    });
    expect(status).toBe(401);
  });

  async function expectTooLarge(body: string, headers: Record<string, string>): Promise<void> {
    // The server may close the connection while the rest of the body is still under way.
    const answer = await hub.post(body, headers).catch(() => null);
    if (answer !== null) expect(code(answer)).toEqual([413, 'TOO_LARGE']);
  }
});

describe('limits', () => {
  const refused: [string, string, string][] = [
    [
      '101 aliases',
      `{ ${Array.from({ length: 101 }, (_, i) => `a${i}: me { member }`).join(' ')} }`,
      'QUERY_TOO_COMPLEX',
    ],
    [
      '16 aliases',
      `{ me { ${Array.from({ length: 16 }, (_, i) => `a${i}: name`).join(' ')} } }`,
      'QUERY_TOO_COMPLEX',
    ],
    ['6 root fields', `{ ${'me { member } '.repeat(6)} }`, 'QUERY_TOO_COMPLEX'],
    ['500 duplicate fields', `{ me { ${'member '.repeat(1000)} } }`, 'GRAPHQL_PARSE_FAILED'],
    ['11 directives', `{ me { ${'member @include(if: true) '.repeat(11)} } }`, 'QUERY_TOO_COMPLEX'],
    [
      '14 introspections',
      `{ ${Array.from({ length: 14 }, (_, i) => `s${i}: __schema { types { name } }`).join(' ')} }`,
      'QUERY_TOO_COMPLEX',
    ],
    [
      'nine levels',
      '{ feeds(first: 1) { edges { node { policy { labels { label { x { y { z } } } } } } } } }',
      'QUERY_TOO_COMPLEX',
    ],
    [
      'a circular fragment',
      'fragment a on Me { ...b } fragment b on Me { ...a } { me { ...a } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['two operations', 'query a { me { member } } query b { me { member } }', 'QUERY_TOO_COMPLEX'],
    ['an endless document', `{ me { member } } #${'x'.repeat(20_000)}`, 'QUERY_TOO_COMPLEX'],
    [
      'a deeply nested value',
      `{ feed(id: ${'['.repeat(900)}${']'.repeat(900)}) { __typename } }`,
      'GRAPHQL_PARSE_FAILED',
    ],
  ];
  it.each(refused)('refuse %s', async (_name, query, expected) => {
    const before = await statements();
    const started = performance.now();
    expect(code(await ask(query))).toEqual([400, expected]);
    expect(performance.now() - started).toBeLessThan(1000);
    // Only the caller was looked up.
    expect((await statements()) - before).toBeLessThanOrEqual(1);
  });

  it.each([0, -1, 101, 1_000_000, 2 ** 31 - 1])('refuse a page of %d feeds', async (first) => {
    const answer = await ask('query ($first: Int!) { feeds(first: $first) { edges { cursor } } }', { first });
    expect(code(answer)).toEqual([400, 'BAD_USER_INPUT']);
    expect(answer.body.data ?? null).toBeNull();
  });

  it.each([0, 1001])('refuse a page of %d changes', async (first) => {
    const query = `query ($first: Int!) { feedDelta(feed: "csam", type: "md5", after: 0, first: $first) { __typename } }`;
    expect(code(await ask(query, { first }))).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('refuse a list without a page size', async () => {
    expect(code(await ask('{ feeds { edges { cursor } } }'))).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  it.each(['-1', '1.5', '9007199254740992', '"7"', '1e3', 'null'])('refuse %s as a size', async (after) => {
    const answer = await ask(
      `{ feedDelta(feed: "csam", type: "md5", after: ${after}, first: 1) { __typename } }`,
    );
    expect(code(answer)).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  async function statements(): Promise<number> {
    const response = await fetch(`${hub.url}/metrics`);
    const counts = [
      ...(await response.text()).matchAll(/^cairn_transaction_duration_seconds_count\{[^}]*\} (\d+)/gm),
    ];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  }
});

describe('errors', () => {
  it('suggest no names', async () => {
    const names = ['fed', 'feedx', 'mee', 'submissio', 'feedDelt', '_schema', 'submi'];
    for (const name of names) {
      const answer = await ask(`{ ${name} }`);
      expect(code(answer)).toEqual([400, 'GRAPHQL_VALIDATION_FAILED']);
      expect(JSON.stringify(answer.body)).not.toMatch(/did you mean/i);
    }
    const input = { manifst: 'x', manifest: 'x', entries: 'x' };
    const answer = await ask(SUBMIT, { input });
    expect(JSON.stringify(answer.body)).not.toMatch(/did you mean|entries|manifest/i);
  });

  it('quote no value of the request and log none', async () => {
    const value = randomValue();
    const before = hub.log.length;
    const requests: [string, unknown][] = [
      [SUBMIT, { input: { manifest: value, entries: [value] } }],
      [SUBMIT, { input: value }],
      [SUBMIT, { input: { [value]: value } }],
      [`{ feeds(first: "${value}") { edges { cursor } } }`, {}],
      [`{ x${value} }`, {}],
      [`{ "${value}" }`, {}],
      [`{ feedDelta(feed: "${value}", type: 1, after: "${value}", first: 1) { __typename } }`, {}],
      [`query ($v: T${value}) { me { member } }`, {}],
    ];
    for (const [query, variables] of requests) {
      const answer = await ask(query, variables);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).not.toContain(value);
    }
    expect(hub.log.slice(before).join('')).not.toContain(value);
  });

  it('that nobody expected tell the id of the request and nothing else; the log tells the cause', async () => {
    const { admin } = hub.database;
    await admin.transaction('break', 'system:test', (tx) =>
      tx.query('ALTER TABLE cairn.channel_right RENAME TO gone'),
    );
    try {
      for (let use = 0; use < 3; use++) {
        const answer = await hub.post('{"query":"{ me { member channels { channel } } }"}', {
          ...(await shown()),
          'x-request-id': `broken-${use}`,
        });
        expect(answer.status).toBe(500);
        expect(answer.headers.get('x-request-id')).toBe(`broken-${use}`);
        expect(answer.body.errors).toEqual([
          {
            message: 'internal error',
            path: ['me', 'channels'],
            locations: expect.anything(),
            extensions: { code: 'INTERNAL', requestId: `broken-${use}` },
          },
        ]);
        const line = hub.log.find((text) => text.includes(`"broken-${use}"`) && text.includes('"level":50'));
        expect(line).toMatch(/42P01/);
      }
    } finally {
      await admin.transaction('mend', 'system:test', (tx) =>
        tx.query('ALTER TABLE cairn.gone RENAME TO channel_right'),
      );
    }
  });

  it('of the database behind the door leave in the one form too', async () => {
    const { admin } = hub.database;
    await admin.transaction('break', 'system:test', (tx) =>
      tx.query('ALTER TABLE cairn.member_key RENAME TO gone'),
    );
    try {
      const answer = await ask('{ me { member } }');
      expect(answer.status).toBe(500);
      expect(answer.body).toEqual({
        errors: [
          { message: 'internal error', extensions: { code: 'INTERNAL', requestId: expect.any(String) } },
        ],
      });
    } finally {
      await admin.transaction('mend', 'system:test', (tx) =>
        tx.query('ALTER TABLE cairn.gone RENAME TO member_key'),
      );
    }
  });
});

describe('strangers', () => {
  it.each([
    '{ me { member } }',
    '{ __schema { types { name } } }',
    '{ __type(name: "Query") { name } }',
    '{ feeds(first: 1) { edges { cursor } } }',
  ])('are not answered %s', async (query) => {
    // Also when the document is known and compiled.
    for (let use = 0; use < 3; use++) {
      expect((await ask(query)).status).toBe(200);
      const answer = await hub.graphql(null, query);
      expect(code(answer)).toEqual([401, 'UNAUTHENTICATED']);
      expect(answer.headers.get('www-authenticate')).toBe('DPoP algs="Ed25519 ES256"');
      expect(answer.body.data ?? null).toBeNull();
    }
  });

  it('cannot submit, and nothing runs before that is settled', async () => {
    const answer = await hub.graphql(null, SUBMIT, { input: { manifest: 'x', entries: 'x' } });
    expect(code(answer)).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('introspection', () => {
  it('gives members the whole schema', async () => {
    const answer = await ask(getIntrospectionQuery());
    expect(answer.status).toBe(200);
    const schema = buildClientSchema(answer.body.data as IntrospectionQuery);
    const committed = readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8');
    expect(printApiSchema(schema)).toBe(committed);
  });
});

describe('compiled operations', () => {
  it('answer what interpreted ones answer', async () => {
    const query = `query ($first: Int!, $id: ID!) {
      me { member kind channels { channel submit receive policy { tlp types corroboration labels { code label } } } keys { purpose active } }
      feeds(first: $first) { edges { node { id types { type records root } policy { tlp } } } pageInfo { hasNextPage } }
      feed(id: $id) { __typename ... on Feed { id size } ... on Failure { code message } }
      submission(jti: "x") { __typename ... on NotFound { code } }
    }`;
    const answers: unknown[] = [];
    for (let use = 0; use < 4; use++) answers.push((await ask(query, { first: 5, id: 'csam' })).body);
    expect(answers[0]).toMatchObject({
      data: {
        feed: { __typename: 'Feed', id: 'csam' },
        submission: { __typename: 'NotFound', code: 'NOT_FOUND' },
      },
    });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const other = (await ask(query, { first: 5, id: 'nothing' })).body;
    expect(other).toMatchObject({ data: { feed: { __typename: 'NotFound', code: 'NOT_FOUND' } } });
  });

  it('refuse variables of another type each time', async () => {
    const query = 'query ($first: Int!) { feeds(first: $first) { edges { cursor } } }';
    for (let use = 0; use < 4; use++) {
      expect(code(await ask(query, { first: 'x' }))).toEqual([400, 'BAD_USER_INPUT']);
      expect(code(await ask(query, {}))).toEqual([400, 'BAD_USER_INPUT']);
      expect((await ask(query, { first: 1 })).status).toBe(200);
    }
  });
});
