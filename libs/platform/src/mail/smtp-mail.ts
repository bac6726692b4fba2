import type { Transporter } from 'nodemailer';
import type { MailServer } from './mail-server.js';
import { MAIL_SECONDS, type Mail, type MailMessage, type MailOutcome, type MailRefusalCode } from './mail.js';

/** One address and nothing that the library would read as a list of them. */
const ONE_ADDRESS = /^[^\s@,;:<>()[\]"\\]+@[^\s@,;:<>()[\]"\\]+$/;
const CONNECT_MS = 10_000;
const IDLE_MS = 20_000;

export interface SmtpMailOptions {
  readonly server: MailServer;
  /** Address that messages come from; what follows its `@` also names them. */
  readonly from: string;
  /** For tests alone: where the server really is. What is asked of it stays the same. */
  readonly servedAt?: { readonly host: string; readonly port: number };
  /** Milliseconds for one message, connection and all; {@link MAIL_SECONDS} unless given. */
  readonly timeoutMs?: number;
}

/**
 * Sends mail by SMTP (RFC 5321), each message over a connection of its own. A server that is not on this machine must prove by TLS who
 * it is before it is told anything.
 */
export class SmtpMail implements Mail {
  constructor(private readonly options: SmtpMailOptions) {}

  async send(message: MailMessage): Promise<MailOutcome> {
    if (!ONE_ADDRESS.test(message.recipient)) {
      return { ok: false, code: 'RECIPIENT_REFUSED', detail: 'ADDRESS' };
    }
    const transport = await this.connect();
    const { timeoutMs = MAIL_SECONDS * 1000 } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<MailOutcome>((resolve) => {
      timer = setTimeout(() => resolve({ ok: false, code: 'UNREACHABLE', detail: 'DEADLINE' }), timeoutMs);
    });
    try {
      return await Promise.race([this.hand(transport, message), late]);
    } finally {
      clearTimeout(timer);
      transport.close();
    }
  }

  private async hand(transport: Transporter, message: MailMessage): Promise<MailOutcome> {
    const { from } = this.options;
    try {
      await transport.sendMail({
        envelope: { from, to: [message.recipient] },
        from: { name: '', address: from },
        to: { name: '', address: message.recipient },
        subject: message.subject,
        text: message.text,
        messageId: `<${message.id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
        // No machine answers it (RFC 3834 §5).
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return { ok: true };
    } catch (error) {
      return refusalOf(error);
    }
  }

  private async connect(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer');
    const { server, servedAt } = this.options;
    const { host, port, tls, login } = server;
    return createTransport({
      ...(servedAt ?? { host, port }),
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, servername: host },
      ...(login === null ? {} : { auth: { user: login.user, pass: login.password } }),
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      dnsTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
      logger: false,
    });
  }
}

interface SmtpError {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
}

function refusalOf(error: unknown): MailOutcome {
  const { code, originalCode, responseCode } = error as SmtpError;
  const detail = [responseCode, originalCode, code].map(String).find((text) => /^[A-Z\d_]{3,60}$/.test(text));
  return { ok: false, code: codeOf(error as SmtpError), detail: detail ?? null };
}

function codeOf({ code, originalCode, command, responseCode }: SmtpError): MailRefusalCode {
  if (code === 'EAUTH') return 'LOGIN_REFUSED';
  const untrusted = typeof originalCode === 'string' && /CERT|TLS|SSL|ISSUER/.test(originalCode);
  if (code === 'ETLS' || command === 'STARTTLS' || untrusted) return 'NO_TLS';
  if (typeof responseCode !== 'number' || responseCode === 0) return 'UNREACHABLE';
  return command === 'RCPT TO' && responseCode >= 500 ? 'RECIPIENT_REFUSED' : 'REFUSED';
}
