import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readMailServer, SmtpMail, type Mail } from '#libs/platform';
import { ApplicationDesk, done, profileOf } from '#test/application-desk';
import { bodyOf, MailSink } from '#test/mail-sink';
import { ApplicationChecker } from './application-checker.js';
import { CheckRequests } from './check-requests.js';
import { listOutbox, MailboxLinks, type OutboxMessage } from './mailbox-links.js';
import { OutboxSender, type MailRefusal } from './outbox-sender.js';

let desk: ApplicationDesk;
let sink: MailSink;
let application: string;
let mailbox: string;
let applicants = 0;
const refusals: MailRefusal[] = [];

beforeAll(async () => {
  desk = await ApplicationDesk.create();
});
afterAll(() => desk?.drop());
beforeEach(async () => {
  sink = await MailSink.start();
  refusals.length = 0;
  mailbox = `trust@written-to-${++applicants}.example.org`;
  const contacts = { application: mailbox, abuse: mailbox, security: mailbox, dataProtection: mailbox };
  application = await desk.inReview(profileOf(`written-to-${applicants}`, { contacts }));
  const checker = new ApplicationChecker(desk.hub.worker, {
    publicUrl: 'https://hub.test',
    allowLoopback: false,
    resolve: () => Promise.resolve([]),
    onFailure: (_task, error) => {
      throw error;
    },
  });
  while (await checker.run());
});
afterEach(() => sink.stop());

const smtp = (): Mail =>
  new SmtpMail({
    server: readMailServer('smtp://127.0.0.1')!,
    from: 'hub@example.org',
    servedAt: sink.address,
  });
const sender = (mail: Mail = smtp()): OutboxSender =>
  new OutboxSender(desk.hub.worker, mail, { onRefusal: (refusal) => refusals.push(refusal) });
async function run(mail?: Mail): Promise<void> {
  while (await sender(mail).run());
}
const outbox = async (): Promise<OutboxMessage> => {
  const all = await desk.hub.databases.api.read('read', `person:${desk.people[0]!}`, (tx) =>
    listOutbox(tx, application, { first: 10 }),
  );
  expect(all).toHaveLength(1);
  return all[0]!;
};
const mine = () => sink.messages.filter(({ to }) => to.includes(mailbox));

describe('the sender of messages', () => {
  it('sends a link that confirms the mailbox, and forgets it', async () => {
    await run();
    const [message, ...others] = mine();
    expect(others).toEqual([]);
    const [, token] = /https:\/\/hub\.test\/confirm-mailbox#([\w-]{43})\r\n/.exec(bodyOf(message!))!;
    expect(await outbox()).toMatchObject({
      state: 'sent',
      body: null,
      attempts: 0,
      sentAt: expect.any(Date),
    });
    done(await new MailboxLinks(desk.hub.databases.api).confirm(token!));
    await run();
    expect(mine()).toHaveLength(1);
  });

  it('tries again when the server is back', async () => {
    await sink.stop();
    await run();
    expect(await outbox()).toMatchObject({
      state: 'waiting',
      attempts: 1,
      problem: expect.stringContaining('reach'),
    });
    await sink.listen();
    await run();
    expect(mine()).toEqual([]);
    await desk.pass(1 / 60);
    await run();
    expect(mine()).toHaveLength(1);
    expect(await outbox()).toMatchObject({ state: 'sent', attempts: 1, problem: null });
    expect(refusals).toMatchObject([{ application, code: 'UNREACHABLE', given: 'another try' }]);
  });

  it('gives up an address that is refused, until staff ask again', async () => {
    sink.refused.set(mailbox, 550);
    await run();
    expect(await outbox()).toMatchObject({ state: 'failed', problem: expect.stringContaining('address') });
    expect(refusals).toMatchObject([{ code: 'RECIPIENT_REFUSED', detail: '550', given: 'up' }]);
    expect(JSON.stringify(refusals)).not.toContain('@');
    await desk.pass(48);
    await run();
    expect(refusals).toHaveLength(1);
    sink.refused.clear();
    const vetter = desk.people[0]!;
    done(await new CheckRequests(desk.hub.databases.api).again(vetter, application, 'contact_mailboxes'));
    await run();
    expect(mine()).toHaveLength(1);
  });

  it('gives up what is not taken for two days', async () => {
    sink.refused.set(mailbox, 451);
    for (let tries = 0; tries < 12; tries++) {
      await run();
      await desk.pass(12);
      if ((await outbox()).state === 'failed') break;
    }
    expect(await outbox()).toMatchObject({ state: 'failed', attempts: expect.any(Number) });
    expect(refusals.at(-1)).toMatchObject({ code: 'REFUSED', given: 'up' });
    expect(refusals).toHaveLength(8);
  });

  it('sends once, however many workers there are', async () => {
    sink.beforeReply = () => new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all(Array.from({ length: 6 }, () => run()));
    expect(mine()).toHaveLength(1);
  });

  it('sends a second copy, known by its Message-ID, after a worker died before it noted the first', async () => {
    const dying: Mail = {
      send: async (message) => {
        await smtp().send(message);
        throw new Error('killed');
      },
    };
    await expect(run(dying)).rejects.toThrow('killed');
    await run();
    expect(mine()).toHaveLength(1);
    await desk.pass(0.06);
    await run();
    expect(mine()).toHaveLength(2);
    const ids = mine().map(({ raw }) => /^Message-ID: (.+)$/m.exec(raw)![1]);
    expect(ids[0]).toBe(ids[1]);
  });

  it('writes to nobody for an application that was withdrawn', async () => {
    done(await desk.applications.withdraw(application, 'other'));
    await run();
    expect(mine()).toEqual([]);
  });
});
