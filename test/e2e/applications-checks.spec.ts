import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationChecker } from '#libs/membership';
import type { TestHub } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { anybody, got, machine, person, refusal, withArguments, type Ask } from './applications-hub.js';
import { Browser } from './people-browser.js';
import { startAnother } from './people-hub.js';

const CHALLENGE = `{ domainChallenge { __typename ... on DomainChallenge { path token url } } }`;
const OWN = '{ machineChecks { checks { code dueAt attempts problem } } }';
const TRY = withArguments('tryCheckAgain', { code: 'String!' });
const CHECKS = `query ($id: ID!) { applicationMachineChecks(id: $id) { __typename ... on NotFound { code }
  ... on ApplicationMachineChecks { checks { code attempts problem } } } }`;
const AGAIN = withArguments('checkApplicationAgain', { application: 'ID!', code: 'String!' });
const outbox = (more: string): string => `query ($id: ID!) { applicationOutbox(id: $id) { __typename
  ... on ApplicationOutbox { sentByHub messages { recipient subject state attempts ${more} } } } }`;
const LINKS = outbox('body');
const RELATED = `query ($id: ID!) { relatedOrganisations(id: $id) { __typename
  ... on RelatedOrganisations { organisations { application member domain controlGroup control } } } }`;
const NOBODY = '0b5e0d1e-3a1c-4a57-9d0f-3f0b8f2f6f11';

let vetting: VettingHub;
let hub: TestHub;
let vera: Ask;
let ada: Ask;
let alice: Ask;

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub } = vetting);
  ({ vera, ada, alice } = vetting.people);
});
afterAll(() => vetting.close());

/** Lets workers check what is due; nothing of the Internet answers. */
async function check(): Promise<void> {
  const checker = new ApplicationChecker(hub.database.worker, {
    publicUrl: hub.url,
    allowLoopback: false,
    resolve: () => Promise.resolve([]),
    onFailure: (_task, error) => {
      throw error;
    },
  });
  while (await checker.run());
}

async function linkOf(id: string, recipient?: string): Promise<string> {
  const { messages } = await got(vera, LINKS, { id });
  const message = messages.find(
    (one: { recipient: string }) => recipient === undefined || one.recipient === recipient,
  );
  return /http\S+\/confirm-mailbox#[\w-]{43}/.exec(message.body as string)![0];
}

const post = (token: string, from = '198.51.100.1', base = hub.url) =>
  fetch(`${base}/confirm-mailbox`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': from },
    body: new URLSearchParams({ token }),
  });

describe('the challenge of an applicant', () => {
  it('is the same each time, for the applicant alone', async () => {
    const { ask } = await vetting.apply('challenged');
    const shown = await got(ask, CHALLENGE);
    expect(shown).toEqual({
      __typename: 'DomainChallenge',
      path: '/.well-known/cairn-challenge',
      token: expect.stringMatching(/^[\w-]{43}$/),
      url: 'https://challenged.example.org/.well-known/cairn-challenge',
    });
    expect(await got(ask, CHALLENGE)).toEqual(shown);
    const { ask: other } = await vetting.apply('challenged-too');
    expect((await got(other, CHALLENGE)).token).not.toBe(shown.token);
    for (const who of [vera, alice, machine(hub, vetting.alpha)])
      expect(await refusal(who, CHALLENGE)).toEqual([403, 'FORBIDDEN']);
    expect(await refusal(anybody(hub), CHALLENGE)).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('the checks that workers make', () => {
  it('are shown with what they lack; the applicant has the next try made, staff all of it', async () => {
    const { id, ask } = await vetting.inReview('looked-at');
    expect(await got(ask, OWN)).toEqual({ checks: [] });
    await check();
    const tried = (code: string) =>
      expect.arrayContaining([expect.objectContaining({ code, attempts: 1, problem: expect.any(String) })]);
    expect(await got(ask, OWN)).toEqual({ checks: tried('domain_control') });
    expect(await got(ada, CHECKS, { id })).toMatchObject({ checks: tried('published_policy') });

    expect(await got(ask, TRY, { code: 'domain_control' })).toMatchObject({ __typename: 'ApplicationActed' });
    await check();
    expect(await got(ask, OWN)).toEqual({ checks: tried('domain_control') });
    for (const code of ['independence', 'legal_entity', 'X'])
      expect(await got(ask, TRY, { code })).toMatchObject({ __typename: 'ActRefused', field: 'code' });

    expect(await got(vera, AGAIN, { application: id, code: 'independence' })).toMatchObject({
      __typename: 'ApplicationActed',
    });
    expect(await got(vera, AGAIN, { application: id, code: 'legal_entity' })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'code',
    });
    expect(await got(vera, AGAIN, { application: NOBODY, code: 'independence' })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await refusal(ada, AGAIN, { application: id, code: 'independence' })).toEqual([403, 'FORBIDDEN']);
    expect(await refusal(ask, CHECKS, { id })).toEqual([403, 'FORBIDDEN']);
  });

  it('are asked for so many times an hour', async () => {
    const { ask } = await vetting.inReview('impatient');
    await check();
    for (let i = 0; i < 20; i++) await got(ask, TRY, { code: 'domain_control' });
    expect(await got(ask, TRY, { code: 'domain_control' })).toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('say who is related, to staff alone', async () => {
    const { id: first } = await vetting.inReview('related-one');
    const { id, ask } = await vetting.apply('related-two', {
      channels: [],
      measures: [],
      controlledBy: 'related-one Ltd',
    });
    expect(await got(ada, RELATED, { id })).toMatchObject({
      organisations: [{ application: first, member: null, domain: false, control: true }],
    });
    expect(await refusal(ask, RELATED, { id })).toEqual([403, 'FORBIDDEN']);
    expect(await got(vera, RELATED, { id: NOBODY })).toMatchObject({ __typename: 'NotFound' });
  });
});

describe('the outbox of an application', () => {
  it('shows links to vetters, and to nobody when the hub sends them or who has a stake in it', async () => {
    const { id } = await vetting.inReview('written-to');
    await check();
    expect((await got(vera, LINKS, { id })).messages).toHaveLength(4);
    expect(await linkOf(id)).toMatch(new RegExp(`^${hub.url}/confirm-mailbox#`));
    expect(await refusal(ada, LINKS, { id })).toEqual([403, 'FORBIDDEN']);
    expect(await got(ada, outbox(''), { id })).toMatchObject({
      sentByHub: false,
      messages: Array.from({ length: 4 }, () => ({ state: 'WAITING', attempts: 0 })),
    });
    for (const one of [NOBODY, 'x'])
      expect(await got(vera, LINKS, { id: one })).toMatchObject({ __typename: 'NotFound' });

    await got(
      vera,
      `mutation ($input: ControlGroupInput!) { setApplicationControlGroup(input: $input) { __typename } }`,
      {
        input: { application: id, group: 'beta' },
      },
    );
    await vetting.administers(alice, 'beta');
    const bodies = (await got(alice, LINKS, { id })).messages.map(({ body }: { body: unknown }) => body);
    expect(bodies).toEqual([null, null, null, null]);
  });

  it('shows no link when there is a mail server', async () => {
    const { id } = await vetting.inReview('mailed');
    await check();
    const other = await startAnother(hub, { smtpUrl: 'smtp://127.0.0.1', mailFrom: 'hub@example.org' });
    try {
      const browser = new Browser(hub.url);
      await browser.login('vera');
      const { messages, sentByHub } = await got(person(browser.at(other.url)), LINKS, { id });
      expect([sentByHub, messages.map(({ body }: { body: unknown }) => body)]).toEqual([
        true,
        [null, null, null, null],
      ]);
    } finally {
      await other.close();
    }
  });
});

describe('the page that confirms a mailbox', () => {
  it('does nothing when it is opened, and nothing can be added to it', async () => {
    const { id, ask } = await vetting.inReview('scanned');
    await check();
    const link = await linkOf(id);
    for (const url of [link, link.replace('#', '?token='), link.replace('#', '?')]) {
      const page = await fetch(url);
      expect(page.status).toBe(200);
      const { 'content-security-policy': policy, ...headers } = Object.fromEntries(page.headers);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-type': 'text/html; charset=utf-8',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      const text = await page.text();
      const [, script] = /<script>([^]*)<\/script>/.exec(text)!;
      expect(policy).toBe(
        `default-src 'none'; script-src 'sha256-${hash('sha256', script!, 'base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
      );
      expect(text).not.toContain(link.split('#')[1]);
    }
    const { checks } = await got(ask, OWN);
    expect(checks.find(({ code }: { code: string }) => code === 'contact_mailboxes').problem).toContain(
      'abuse',
    );
    expect(await linkOf(id)).toBe(link);
  });

  it('confirms once when its button is pressed, and says so as often as it is', async () => {
    const { id, ask } = await vetting.inReview('reading');
    await check();
    const recipient = 'abuse@reading.example.org';
    const [, token] = (await linkOf(id, recipient)).split('#');
    const answers = await Promise.all(Array.from({ length: 4 }, () => post(token!)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    // The whole link, as somebody without script pastes it.
    expect((await post(` ${hub.url}/confirm-mailbox#${token} `)).status).toBe(200);
    await check();
    const { checks } = await got(ask, OWN);
    expect(checks.find(({ code }: { code: string }) => code === 'contact_mailboxes').problem).not.toContain(
      'abuse',
    );
    expect(hub.log.join('')).not.toContain(token);
  });

  it('says the same of every token that is not good, and of none', async () => {
    const texts = new Set<string>();
    for (const token of ['A'.repeat(43), 'x', '', '#', '\0', 'é'.repeat(43)]) {
      const answer = await post(token);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([404, 'no-store']);
      texts.add(await answer.text());
    }
    expect(texts.size).toBe(1);
  });

  it('takes nothing but a small form', async () => {
    const url = `${hub.url}/confirm-mailbox`;
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"token":"x"}' };
    expect((await fetch(url, json)).status).toBe(415);
    expect((await post('x'.repeat(5000))).status).toBe(413);
    expect((await fetch(url, { method: 'PUT' })).status).toBe(404);
  });

  it('is closed to an address that tries too often, and to no other', async () => {
    for (let i = 0; i < 60; i++) expect((await post('x', '198.51.100.50')).status).toBe(404);
    const closed = await post('x', '198.51.100.50');
    expect([closed.status, closed.headers.get('retry-after')]).toEqual([429, '3600']);
    expect((await post('x', '198.51.100.51')).status).toBe(404);
  });
});
