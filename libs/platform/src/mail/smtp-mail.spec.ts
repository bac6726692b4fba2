import { afterEach, describe, expect, it } from '@jest/globals';
import { bodyOf, MailSink } from '#test/mail-sink';
import { readMailServer } from './mail-server.js';
import { SmtpMail } from './smtp-mail.js';

const MESSAGE = {
  id: 'outbox-1',
  recipient: 'abuse@member.example.org',
  subject: 'Confirm',
  text: `See https://hub.example.org/confirm-mailbox#${'x'.repeat(43)}\n\n.\nBye`,
};

let sink: MailSink;
afterEach(() => sink?.stop());

function mail(url: string, timeoutMs?: number): SmtpMail {
  return new SmtpMail({
    server: readMailServer(url)!,
    from: 'hub@example.org',
    servedAt: sink.address,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

describe('mail by SMTP', () => {
  it('hands a message over to a server on this machine', async () => {
    sink = await MailSink.start();
    expect(await mail('smtp://127.0.0.1').send(MESSAGE)).toEqual({ ok: true });
    const [{ from, to, raw }] = sink.messages as [(typeof sink.messages)[number]];
    expect([from, to]).toEqual(['hub@example.org', [MESSAGE.recipient]]);
    expect(raw).toContain('Message-ID: <outbox-1@example.org>');
    expect(raw).toContain('Auto-Submitted: auto-generated');
    expect(bodyOf({ from, to, raw }).trimEnd()).toBe(MESSAGE.text.replaceAll('\n', '\r\n'));
  });

  it('takes no text that could be read as several addresses or as a header', async () => {
    sink = await MailSink.start();
    for (const recipient of ['a@b.test, c@d.test', 'a@b.test\r\nBcc: c@d.test']) {
      const outcome = await mail('smtp://127.0.0.1').send({ ...MESSAGE, recipient });
      expect(outcome).toEqual({ ok: false, code: 'RECIPIENT_REFUSED', detail: 'ADDRESS' });
    }
    expect(sink.messages).toEqual([]);
  });

  it('says nothing to a server elsewhere that offers no TLS', async () => {
    sink = await MailSink.start({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    const refusal = { ok: false, code: 'NO_TLS' };
    expect(await mail('smtp://mail.example.org').send(MESSAGE)).toMatchObject(refusal);
    expect(await mail('smtp://u:p@mail.example.org').send(MESSAGE)).toMatchObject(refusal);
    expect(sink.messages).toEqual([]);
  });

  it('says nothing to a server elsewhere whose certificate is not good for its name', async () => {
    sink = await MailSink.start({ disabledCommands: ['AUTH'] });
    expect(await mail('smtp://mail.example.org').send(MESSAGE)).toMatchObject({ ok: false, code: 'NO_TLS' });
    await sink.stop();
    sink = await MailSink.start({ secure: true });
    expect(await mail('smtps://mail.example.org').send(MESSAGE)).toMatchObject({ ok: false, code: 'NO_TLS' });
    expect(sink.messages).toEqual([]);
  });

  it('tells refusals apart', async () => {
    sink = await MailSink.start();
    const { recipient } = MESSAGE;
    sink.refused.set(recipient, 550);
    expect(await mail('smtp://127.0.0.1').send(MESSAGE)).toEqual({
      ok: false,
      code: 'RECIPIENT_REFUSED',
      detail: '550',
    });
    sink.refused.set(recipient, 451);
    expect(await mail('smtp://127.0.0.1').send(MESSAGE)).toEqual({
      ok: false,
      code: 'REFUSED',
      detail: '451',
    });
    const gone = mail('smtp://127.0.0.1');
    await sink.stop();
    expect(await gone.send(MESSAGE)).toMatchObject({ code: 'UNREACHABLE', detail: 'ECONNREFUSED' });
    await sink.listen();
  });

  it('says when its login is refused', async () => {
    sink = await MailSink.start({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, next) => next(new Error('no')),
    });
    expect(await mail('smtp://u:p@127.0.0.1').send(MESSAGE)).toMatchObject({ code: 'LOGIN_REFUSED' });
  });

  it('does not wait for ever', async () => {
    sink = await MailSink.start();
    sink.beforeReply = () => new Promise(() => undefined);
    const outcome = await mail('smtp://127.0.0.1', 300).send(MESSAGE);
    expect(outcome).toEqual({ ok: false, code: 'UNREACHABLE', detail: 'DEADLINE' });
  });
});
