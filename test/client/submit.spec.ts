import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CairnClient, ClientError, EntryDraft, SubmitOptions } from '#libs/client';
import { generateSigningKey, signCompactJws } from '#libs/keys';
import { encodeStatement } from '#libs/protocol';
import { PDQ, SHA256, valueOf } from './support/signals.js';
import { TestHub } from './support/test-hub.js';

let hub: TestHub;
let cairn: CairnClient;

beforeEach(async () => {
  hub = await TestHub.start();
  cairn = await hub.member();
});
afterEach(() => hub.stop());

const drafts = (count: number): EntryDraft[] =>
  Array.from({ length: count }, (_, n) => ({
    type: 'sha256',
    value: valueOf(SHA256, n),
    labels: ['b2', 'a1'],
  }));

const submit = (options: Partial<SubmitOptions> = {}) =>
  cairn.submit({ channel: 'csam', entries: drafts(3), ...options });

const failure = (work: Promise<unknown>): Promise<ClientError> =>
  work.then(
    () => {
      throw new Error('it went through');
    },
    (error: unknown) => error as ClientError,
  );

describe('submit', () => {
  describe('when all is well', () => {
    it('sends a signed batch and keeps its promise', async () => {
      const result = await submit();
      expect(result).toMatchObject({ state: 'submitted', resumed: false, entries: 3 });
      const [stored] = hub.submissions.stored.values();
      expect(result.receipts).toMatchObject([
        { jti: stored!.manifest.jti, counter: 1, digest: stored!.digest },
      ]);
      expect(stored!.manifest).toMatchObject({
        iss: 'acme',
        aud: hub.origin,
        attribution: 'anonymous',
        count: 3,
      });
      expect(stored!.manifest.head).toEqual({ size: 1, root: Buffer.from(hub.log.root()).toString('hex') });
      expect(stored!.entries[0]).toMatchObject({ op: 'assert', labels: ['a1', 'b2'] });
    });

    it('stores what it sends before it sends it', async () => {
      let stored: string[] = [];
      hub.intercept = async (path) => {
        if (path === '/graphql') {
          const [run] = await readdir(join(hub.home, 'outbox'));
          stored = await readdir(join(hub.home, 'outbox', run!));
        }
        return false;
      };
      await submit();
      expect(stored).toEqual(expect.arrayContaining(['00001.jws', '00001.ndjson', 'run.json']));
    });

    it('cuts many entries into batches, in order', async () => {
      const result = await submit({ entries: drafts(20_001) });
      expect([...hub.submissions.stored.values()].map(({ manifest }) => manifest.count)).toEqual([
        10_000, 10_000, 1,
      ]);
      expect(result.receipts.map(({ counter }) => counter)).toEqual([1, 2, 3]);
    });

    it('lowers values in upper case, and counts them', async () => {
      const result = await submit({ entries: [{ type: 'sha256', value: valueOf(SHA256, 1).toUpperCase() }] });
      expect(result.lowered).toBe(1);
    });
  });

  describe('when the same is submitted again', () => {
    it('sends nothing, and says so', async () => {
      const first = await submit();
      const second = await submit();
      expect(second).toMatchObject({ state: 'already-submitted', receipts: first.receipts });
      expect(hub.submissions.arrivals).toHaveLength(1);
    });

    it('knows the run by its identity, without reading the entries', async () => {
      await submit({ identity: 'files:1' });
      const unread = {
        [Symbol.iterator]: (): Iterator<EntryDraft> => {
          throw new Error('was read');
        },
      };
      expect(await submit({ identity: 'files:1', entries: unread })).toMatchObject({
        state: 'already-submitted',
      });
    });

    it('sends it once more when asked to', async () => {
      await submit();
      expect(await submit({ again: true })).toMatchObject({ state: 'submitted' });
      expect(hub.submissions.stored.size).toBe(2);
      expect(await submit()).toMatchObject({ state: 'already-submitted' });
    });

    it('takes another channel, attribution or entry for another run', async () => {
      await submit();
      await submit({ channel: 'tvec' });
      await submit({ attribution: 'named' });
      await submit({ entries: drafts(4) });
      expect(hub.submissions.stored.size).toBe(4);
    });
  });

  describe('when the run breaks off', () => {
    it('goes on with the same bytes and the same jti', async () => {
      let sent = 0;
      hub.intercept = (path, response, request) => {
        // The second batch arrives, and its answer is lost.
        if (path !== '/graphql' || Number(request.headers['content-length']) < 1000 || ++sent !== 2)
          return false;
        response.destroy();
        return true;
      };
      cairn = await hub.client({ attempts: 1 });
      await failure(submit({ entries: drafts(20_001) }));
      const planned = await plannedJtis();
      expect(hub.submissions.stored.size).toBe(1);
      hub.intercept = null;
      cairn = await hub.client();
      const result = await submit({ entries: drafts(20_001) });
      expect(result).toMatchObject({ state: 'submitted', resumed: true });
      expect(result.receipts.map(({ jti }) => jti)).toEqual(planned);
      expect(hub.submissions.arrivals).toEqual(planned);
    });

    it('sends a batch whose answer was lost again, and the hub has it once', async () => {
      let lost = 0;
      hub.intercept = async (path, response, request) => {
        if (path !== '/graphql' || lost > 0) return false;
        lost++;
        const body: Buffer[] = [];
        for await (const chunk of request) body.push(chunk as Buffer);
        const { variables } = JSON.parse(Buffer.concat(body).toString()) as {
          variables: { input: { manifest: string; entries: string } };
        };
        await hub.submissions.submit(variables);
        response.destroy();
        return true;
      };
      await submit();
      expect(hub.submissions.arrivals).toHaveLength(2);
      expect(hub.submissions.stored.size).toBe(1);
    });

    async function plannedJtis(): Promise<string[]> {
      const [run] = await readdir(join(hub.home, 'outbox'));
      const text = await readFile(join(hub.home, 'outbox', run!, 'run.json'), 'utf8');
      return (JSON.parse(text) as { batches: { jti: string }[] }).batches.map(({ jti }) => jti);
    }
  });

  describe('when an entry breaks a rule', () => {
    it('names its place, field and rule, not its value, and sends nothing', async () => {
      const value = valueOf(SHA256, 1).slice(0, 63);
      const bad: EntryDraft = { type: 'sha256', value, place: { source: 'list.txt', line: 7 } };
      const error = await failure(submit({ entries: [...drafts(2), bad] }));
      expect(error).toMatchObject({ code: 'INPUT_INVALID', kind: 'usage', subject: 'list.txt, line 7' });
      expect(error.message).not.toContain(value);
      expect(hub.requests).toEqual([]);
      expect(await readdir(join(hub.home, 'outbox'))).toEqual([]);
    });

    it('refuses an empty input', async () => {
      expect(await failure(submit({ entries: [] }))).toMatchObject({ code: 'INPUT_INVALID' });
    });

    it('refuses a channel that can be none', async () => {
      expect(await failure(submit({ channel: 'No Channel' }))).toMatchObject({ code: 'OPTION_INVALID' });
    });
  });

  describe('when the hub refuses', () => {
    it('names batch, place and rule', async () => {
      hub.submissions.refusal = {
        code: 'UNKNOWN_LABEL',
        field: 'labels',
        rule: 'must be labels\u001b[2J of it',
        line: 1,
      };
      const entries = drafts(3).map((draft, i) => ({ ...draft, place: { source: 'a.csv', line: i + 2 } }));
      const error = await failure(submit({ entries }));
      expect(error).toMatchObject({ code: 'SUBMISSION_REFUSED', kind: 'refused' });
      expect(error.subject).toContain('a.csv, line 3');
      expect(error.message).toContain('UNKNOWN_LABEL');
      expect(error.message).not.toContain('\u001b');
    });
  });

  describe('when the promise is not right', () => {
    const promise = async (change: object, key = hub.promiseKey): Promise<void> => {
      const genuine = hub.submissions.submit.bind(hub.submissions);
      hub.submissions.submit = async (args) => {
        const receipt = (await genuine(args)) as { promise: string };
        const claims = JSON.parse(
          Buffer.from(receipt.promise.split('.')[1]!, 'base64url').toString(),
        ) as object;
        const payload = { ...claims, ...change };
        return { ...receipt, promise: await signCompactJws({ typ: 'cairn-promise+jws', payload, key }) };
      };
    };

    it.each([
      { iss: 'evil.example' },
      { sub: 'other' },
      { digest: '0'.repeat(64) },
      { jti: 'x' },
      { deadline: 'soon' },
    ])('refuses one that says %j', async (change) => {
      await promise(change);
      expect(await failure(submit())).toMatchObject({ code: 'PROMISE_INVALID', kind: 'verification' });
    });

    it('refuses one by a key that the log does not name', async () => {
      await promise({}, generateSigningKey());
      expect(await failure(submit())).toMatchObject({ code: 'PROMISE_INVALID' });
    });
  });

  describe('when the provenance log is not to be trusted', () => {
    it('signs nothing over a rollback', async () => {
      hub.log.append(encodeStatement({ kind: 'tick', time: 2 }));
      await submit();
      hub.log.rewrite(hub.log.leaves.slice(0, 1));
      expect(await failure(submit({ entries: drafts(9) }))).toMatchObject({ code: 'LOG_ROLLBACK' });
    });

    it('signs nothing over another past', async () => {
      hub.log.append(encodeStatement({ kind: 'tick', time: 2 }));
      await submit();
      const tick = encodeStatement({ kind: 'tick', time: 3 });
      hub.log.rewrite([hub.log.leaves[0]!, tick, tick]);
      expect(await failure(submit({ entries: drafts(9) }))).toMatchObject({ code: 'LOG_FORK' });
    });

    it('refuses a log whose first leaf is not the statement of this hub', async () => {
      hub.log.rewrite([encodeStatement({ kind: 'tick', time: 2 })]);
      expect(await failure(submit())).toMatchObject({ code: 'HUB_STATEMENT_INVALID' });
    });
  });

  describe('when the hub asks for a nonce in proofs', () => {
    it('makes them with it, under the same token', async () => {
      await submit();
      hub.nonce = 'a-nonce';
      expect(await submit({ entries: drafts(4) })).toMatchObject({ state: 'submitted' });
      expect(hub.requests.filter((path) => path === '/oauth/token')).toHaveLength(1);
    });
  });

  describe('when the token runs out', () => {
    it('gets another', async () => {
      await submit();
      hub.expireTokens();
      expect(await submit({ entries: drafts(4) })).toMatchObject({ state: 'submitted' });
    });
  });
});

describe('submission', () => {
  const submitted = async (entries = drafts(3)): Promise<string> =>
    (await submit({ entries })).receipts[0]!.jti;

  it('says how far it is while it waits', async () => {
    const jti = await submitted();
    expect(await cairn.submission(jti)).toMatchObject({
      state: 'RECEIVED',
      overdue: false,
      proved: false,
      outcomes: null,
    });
  });

  it('says when a promise is overdue', async () => {
    hub.submissions.mergeDelay = -1;
    expect(await cairn.submission(await submitted())).toMatchObject({ overdue: true });
  });

  it('proves its place in the log, and keeps the proof beside the batch', async () => {
    const jti = await submitted();
    hub.submissions.sequence();
    const report = await cairn.submission(jti);
    expect(report).toMatchObject({
      state: 'PUBLISHED',
      proved: true,
      logIndex: 1,
      accepted: 3,
      outcomes: [],
    });
    expect(await readdir(report.path!)).toEqual(expect.arrayContaining(['00001.leaf', '00001.tlog-proof']));
  });

  it('lists what was not accepted, with its place', async () => {
    hub.submissions.rejectedType = 'pdq';
    const place = { source: 'list.txt', line: 4 };
    const jti = await submitted([...drafts(2), { type: 'pdq', value: valueOf(PDQ, 1), place }]);
    hub.submissions.sequence();
    const report = await cairn.submission(jti);
    expect(report.outcomes).toEqual([
      { line: 2, outcome: 'REJECTED', code: 'type_not_in_channel', effect: null, place },
    ]);
    expect((await cairn.submission(jti, { all: true })).outcomes).toHaveLength(3);
  });

  it('reads the outcomes of many entries page by page', async () => {
    const jti = await submitted(drafts(2500));
    hub.submissions.sequence();
    expect((await cairn.submission(jti, { all: true })).outcomes).toHaveLength(2500);
  });

  it('waits until it is published', async () => {
    const jti = await submitted();
    const states: string[] = [];
    setTimeout(() => hub.submissions.sequence(), 300);
    await cairn.waitUntilPublished(jti, { onState: (state) => states.push(state) });
    expect([states[0], states.at(-1)]).toEqual(['RECEIVED', 'PUBLISHED']);
  });

  it('does not wait for ever', async () => {
    const jti = await submitted();
    expect(await failure(cairn.waitUntilPublished(jti, { timeoutMs: 10 }))).toMatchObject({
      code: 'TIMEOUT',
    });
  });

  it('points to the promise when the hub denies what it received', async () => {
    const jti = await submitted();
    hub.submissions.stored.clear();
    const error = await failure(cairn.submission(jti));
    expect(error).toMatchObject({ code: 'NOT_FOUND' });
    expect(error.message).toContain(join(hub.home, 'outbox'));
  });

  it.each(['leaf', 'content', 'author'] as const)('refuses a proof with another %s', async (part) => {
    const jti = await submitted();
    const other = (await submit({ entries: drafts(5) })).receipts[0]!.jti;
    hub.submissions.sequence();
    const { logged } = hub.submissions.stored.get(jti)!;
    logged![part] = hub.submissions.stored.get(other)!.logged![part];
    expect(await failure(cairn.submission(jti))).toMatchObject({ code: 'PROOF_REJECTED' });
  });

  it.each(['content', 'author'] as const)('refuses %s that says the same with another salt', async (part) => {
    const jti = await submitted();
    hub.submissions.sequence();
    const { logged } = hub.submissions.stored.get(jti)!;
    logged![part] = logged![part].replace('"salt":"5', '"salt":"6');
    expect(await failure(cairn.submission(jti))).toMatchObject({ code: 'PROOF_REJECTED' });
  });

  it('refuses a proof about another submission of the same member', async () => {
    const jti = await submitted();
    const other = (await submit({ entries: drafts(5) })).receipts[0]!.jti;
    hub.submissions.sequence();
    hub.submissions.stored.get(jti)!.logged = hub.submissions.stored.get(other)!.logged!;
    expect(await failure(cairn.submission(jti))).toMatchObject({ code: 'PROOF_REJECTED' });
  });

  it('refuses a manifest that is not the one that was sent', async () => {
    const jti = await submitted();
    hub.submissions.sequence();
    const { path } = await cairn.submission(jti);
    await writeFile(join(path!, '00001.jws'), 'a.b.c');
    expect(await failure(cairn.submission(jti))).toMatchObject({ code: 'PROOF_REJECTED' });
  });
});

describe('whoAmI', () => {
  it('tells rights and keys', async () => {
    expect(await cairn.whoAmI()).toMatchObject({
      member: 'acme',
      channels: [{ channel: 'csam', submit: true, receive: true }, { channel: 'tvec' }],
      keys: [{ purpose: 'auth', active: true }, { purpose: 'signing' }],
    });
  });
});
