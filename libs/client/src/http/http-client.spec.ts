import { describe, expect, it } from '@jest/globals';
import type { ClientError } from '../client-error.js';
import { HttpClient, type HttpRequest } from './http-client.js';

const REQUEST: HttpRequest = {
  method: 'GET',
  url: 'https://hub.example/ticket/secret-ticket/feed/csam/checkpoint',
  maxBytes: 100,
  subject: 'checkpoint of feed csam',
};

type Answer = Response | Error;

/** A client whose hub gives these answers, one after the other, the last for ever; and how long it waited. */
function scripted(...answers: (() => Answer)[]): {
  client: HttpClient;
  pauses: number[];
  calls: () => number;
} {
  const pauses: number[] = [];
  let calls = 0;
  const client = new HttpClient({
    fetch: async () => {
      const answer = answers[Math.min(calls++, answers.length - 1)]!();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    sleep: async (ms) => void pauses.push(ms),
    random: () => 0.5,
  });
  return { client, pauses, calls: () => calls };
}

const ok = (): Response => new Response('fine', { headers: { 'content-length': '4' } });
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (): Response =>
    new Response('no', { status: code, headers });
const broken = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) });

const failure = async (client: HttpClient, request = REQUEST): Promise<ClientError> => {
  const error = await client.send(request).then(
    () => null,
    (reason: unknown) => reason as ClientError,
  );
  expect(error?.message).not.toContain('secret-ticket');
  return error!;
};

describe('HttpClient', () => {
  it('returns status and body', async () => {
    const { client } = scripted(ok);
    const { status: code, body } = await client.send(REQUEST);
    expect([code, Buffer.from(body).toString()]).toEqual([200, 'fine']);
  });

  it('returns refusals for the caller to judge', async () => {
    const { client, calls } = scripted(status(404));
    expect(await client.send(REQUEST)).toMatchObject({ status: 404 });
    expect(calls()).toBe(1);
  });

  it.each([429, 500, 502, 503, 504])('tries again after %i, with growing pauses', async (code) => {
    const { client, pauses } = scripted(status(code), status(code), ok);
    expect(await client.send(REQUEST)).toMatchObject({ status: 200 });
    expect(pauses).toEqual([187.5, 375]);
  });

  it('tries again after a broken connection', async () => {
    const { client, calls } = scripted(broken, ok);
    await client.send(REQUEST);
    expect(calls()).toBe(2);
  });

  it('gives up after five attempts, and says what it met last', async () => {
    const down = scripted(status(503));
    expect(await failure(down.client)).toMatchObject({ code: 'HUB_UNAVAILABLE', subject: REQUEST.subject });
    expect(down.calls()).toBe(5);
    expect(await failure(scripted(broken).client)).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('ECONNRESET'),
    });
  });

  it('waits as long as the hub asks', async () => {
    const { client, pauses } = scripted(status(429, { 'retry-after': '7' }), ok);
    await client.send(REQUEST);
    expect(pauses).toEqual([7000]);
  });

  it('does not wait for longer than a minute', async () => {
    const { client, calls } = scripted(status(429, { 'retry-after': '3600' }));
    expect(await failure(client)).toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('3600 s'),
    });
    expect(calls()).toBe(1);
  });

  it('follows no redirect', async () => {
    const { client } = scripted(status(302, { location: 'https://elsewhere.example/' }));
    expect(await failure(client)).toMatchObject({ code: 'REDIRECTED' });
  });

  it('refuses an answer that is announced too long, without reading it', async () => {
    let cancelled = false;
    const stream = new ReadableStream({ cancel: () => void (cancelled = true) });
    const { client } = scripted(() => new Response(stream, { headers: { 'content-length': '101' } }));
    expect(await failure(client)).toMatchObject({ code: 'OVERSIZE' });
    expect(cancelled).toBe(true);
  });

  it('refuses an answer that turns out too long, with the code the request names', async () => {
    let sent = 0;
    const endless = (): Response =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(((sent += 30), 30))) }),
      );
    const { client, calls } = scripted(endless);
    expect(await failure(client, { ...REQUEST, oversize: 'PACK_LENGTH' })).toMatchObject({
      code: 'PACK_LENGTH',
    });
    expect(sent).toBeLessThan(300);
    expect(calls()).toBe(1);
  });

  it('takes an answer of exactly the longest length', async () => {
    const { client } = scripted(() => new Response(new Uint8Array(100)));
    expect((await client.send(REQUEST)).body).toHaveLength(100);
  });

  it('gives up when there is no answer in time', async () => {
    const client = new HttpClient({
      fetch: (_url, init) =>
        new Promise((_resolve, reject) =>
          init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason as Error)),
        ),
      timeoutMs: 5,
      attempts: 2,
      sleep: async () => undefined,
    });
    expect(await failure(client)).toMatchObject({ code: 'TIMEOUT', kind: 'network' });
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    let calls = 0;
    const client = new HttpClient({
      fetch: () => {
        calls++;
        stop.abort();
        return Promise.reject(stop.signal.reason as Error);
      },
      signal: stop.signal,
      sleep: async () => undefined,
    });
    expect(await failure(client)).toMatchObject({ code: 'NETWORK' });
    expect(calls).toBe(1);
  });
});
