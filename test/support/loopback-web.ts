import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** The web of a test, on loopback: whatever https URL is asked for is served here, by host and path. */
export class LoopbackWeb {
  /** URLs that were asked for, in order. */
  readonly asked: string[] = [];
  private readonly answers = new Map<string, Answer>();

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const url = `https://${request.headers.host!.replace(/:\d+$/, '')}${request.url!}`;
      this.asked.push(url);
      const answer = this.answers.get(url);
      if (answer === undefined) response.writeHead(404).end('not here');
      else answer(request, response);
    });
  }

  static async start(): Promise<LoopbackWeb> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LoopbackWeb(server);
  }

  /** What a checker needs to find it. */
  get way() {
    const { port } = this.server.address() as AddressInfo;
    return {
      allowLoopback: true,
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
      servedAt: (url: string) => {
        const { hostname, pathname } = new URL(url);
        return `http://${hostname}:${port}${pathname}`;
      },
    };
  }

  serve(url: string, body: string, type = 'text/html; charset=utf-8', status = 200): void {
    this.answer(url, (_request, response) => response.writeHead(status, { 'content-type': type }).end(body));
  }

  answer(url: string, answer: Answer): void {
    this.answers.set(url, answer);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
