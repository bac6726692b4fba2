import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A message as the server of a test got it. */
export interface SunkMessage {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
}

/** The body of a message as its reader sees it. */
export function bodyOf({ raw }: SunkMessage): string {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (!/^content-transfer-encoding: quoted-printable$/im.test(head)) return body;
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([\dA-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** A mail server of a test on loopback, which keeps what it gets. */
export class MailSink {
  readonly messages: SunkMessage[] = [];
  /** Recipients that it refuses, with the reply code. */
  readonly refused = new Map<string, number>();
  /** Awaited before a message is acknowledged. */
  beforeReply: () => Promise<void> = () => Promise.resolve();
  private server: SMTPServer | undefined;
  private port = 0;

  private constructor(private readonly options: SMTPServerOptions) {}

  /** Without TLS and login unless told otherwise. */
  static async start(options: SMTPServerOptions = {}): Promise<MailSink> {
    const sink = new MailSink({ disabledCommands: ['STARTTLS', 'AUTH'], ...options });
    await sink.listen();
    return sink;
  }

  get address(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  /** Goes away; `listen` brings it back at the same port. */
  stop(): Promise<void> {
    return new Promise((resolve) => this.server!.close(() => resolve()));
  }

  async listen(): Promise<void> {
    const server = this.make();
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.server.address() as AddressInfo).port;
  }

  private make(): SMTPServer {
    const server = new SMTPServer({
      disableReverseLookup: true,
      closeTimeout: 100,
      logger: false,
      ...this.options,
      onRcptTo: ({ address }, _session, next) => {
        const code = this.refused.get(address);
        if (code === undefined) next();
        else next(Object.assign(new Error('no such mailbox'), { responseCode: code }));
      },
      onData: (stream, session, next) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          this.messages.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            raw: Buffer.concat(chunks).toString('latin1'),
          });
          void this.beforeReply().then(() => next());
        });
      },
    });
    // Clients that break off are what some tests are about.
    server.on('error', () => undefined);
    return server;
  }
}
