import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { expectRefused, hubWithStore, pullFrom, snapshot } from './support/attacks.js';
import type { Intercept, TestHub } from './support/test-hub.js';

let hub: TestHub;

beforeEach(async () => {
  hub = await hubWithStore();
});
afterEach(() => hub.stop());

const pull = () => pullFrom(hub);
const refused = (code: string, attack?: Intercept) => expectRefused(hub, code, attack);

describe('pull without access', () => {
  it('refuses a feed that the policy does not pin', async () => {
    const cairn = await hub.client();
    await expect(cairn.pull({ feed: 'other', store: hub.store })).rejects.toMatchObject({
      code: 'LOG_NOT_PINNED',
    });
  });

  it('says so when the hub knows no such feed for this member', async () => {
    hub.feeds.delete('csam');
    await rm(join(hub.store, 'csam'), { recursive: true });
    await expect(pull()).rejects.toMatchObject({ code: 'NOT_FOUND', kind: 'refused' });
  });

  it('says so when new tickets are refused too', async () => {
    await refused('FEED_REFUSED', (path, response) => {
      if (path.startsWith('/feed/')) response.writeHead(403).end();
      return path.startsWith('/feed/');
    });
  });

  it('says so when the hub does not know the key', async () => {
    hub.expireTickets();
    await rm(join(hub.store, 'csam', 'ticket.json'));
    await refused('AUTH_REFUSED', (path, response) => {
      if (path === '/oauth/token') response.writeHead(401).end('{"error":"invalid_client"}');
      return path === '/oauth/token';
    });
  });

  it('follows no redirect', async () => {
    await refused('REDIRECTED', (_path, response) => {
      response.writeHead(302, { location: `${hub.baseUrl}/log/checkpoint` }).end();
      return true;
    });
  });

  it('says so when the hub is not available', async () => {
    await refused('HUB_UNAVAILABLE', (_, response) => {
      response.writeHead(503).end();
      return true;
    });
  });

  it('says so when there is no hub', async () => {
    const before = await snapshot(hub);
    hub.intercept = (_path, response) => {
      response.destroy();
      return true;
    };
    await expect(pull()).rejects.toMatchObject({
      code: 'NETWORK',
      kind: 'network',
    });
    expect(await snapshot(hub)).toBe(before);
  });

  it('refuses a ticket that would lead elsewhere', async () => {
    await rm(join(hub.store, 'csam', 'ticket.json'));
    await refused('UNEXPECTED_ANSWER', (path, response) => {
      if (path !== '/graphql') return false;
      const ticket = { prefix: '/ticket/../../evil', expiresAt: '2100-01-01T00:00:00.000Z' };
      const feed = { __typename: 'Feed', ticket, policy: { labels: [] } };
      response.writeHead(200).end(JSON.stringify({ data: { feed } }));
      return true;
    });
  });
});
