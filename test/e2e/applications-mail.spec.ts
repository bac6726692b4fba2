import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadOrCreateSeed } from '#libs/keys';
import { createLogger } from '#libs/platform';
import { startHttpApplication } from '#libs/platform/nest';
import { WorkerModule } from '#apps/worker/src/worker.module';
import { bodyOf, MailSink } from '#test/mail-sink';
import type { TestHub } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { got } from './applications-hub.js';

const OUTBOX = `query ($id: ID!) { applicationOutbox(id: $id) {
  ... on ApplicationOutbox { messages { recipient state } } } }`;

let vetting: VettingHub;
let hub: TestHub;
beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub } = vetting);
});
afterAll(() => vetting.close());

const confirm = (token: string) =>
  fetch(`${hub.url}/confirm-mailbox`, { method: 'POST', body: new URLSearchParams({ token }) });

describe('a worker with a mail server', () => {
  it('writes to the contacts, whose links confirm them', async () => {
    const sink = await MailSink.start();
    await loadOrCreateSeed(join(hub.config.dataDir, 'keys', 'checkpoint.seed'));
    const { id } = await vetting.inReview('by-mail');
    const lines: string[] = [];
    const log = createLogger({
      name: 'worker',
      level: 'debug',
      destination: { write: (line) => lines.push(line) },
    });
    const config = {
      ...hub.config,
      databaseUrl: hub.database.workerUrl,
      smtpUrl: `smtp://127.0.0.1:${sink.address.port}`,
      mailFrom: 'hub@example.org',
    };
    const worker = await startHttpApplication(WorkerModule.forRoot({ config, log }), {
      port: 0,
      log,
      bodyLimit: 1024,
    });
    try {
      const recipient = 'abuse@by-mail.example.org';
      const written = () => sink.messages.filter(({ to }) => to.includes(recipient));
      while (written().length === 0) await sleep(100);
      const [, token] = /confirm-mailbox#([\w-]{43})/.exec(bodyOf(written()[0]!))!;
      expect((await confirm(token!)).status).toBe(200);
      expect(written()).toHaveLength(1);
      expect(lines.join('')).not.toMatch(new RegExp(`${token}|${recipient}`));
      const { messages } = await got(vetting.people.ada, OUTBOX, { id });
      expect(messages).toEqual(expect.arrayContaining([expect.objectContaining({ state: 'SENT' })]));
    } finally {
      await worker.close();
      await sink.stop();
    }
  });
});
