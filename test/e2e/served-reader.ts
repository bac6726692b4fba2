import { bundlePath, bundlesOf, tilePath, tilesOf } from '#libs/tlog';
import type { TestHub, TestMember } from './api-hub.js';
import type { Browser } from './people-browser.js';
import type { ServedAnswer } from './served-transcript.js';

/** Who asks: a member's machine, a person in a browser, or nobody known. */
export type Asker = TestMember | Browser | null;

const REPLAY_TICKET = 'mutation { requestReplayTicket { ... on ReplayTicket { prefix } } }';

const isMember = (asker: Asker): asker is TestMember => asker !== null && 'auth' in asker;

/** Asks a hub and keeps every byte of what it answers. */
export class ServedReader {
  readonly answers: ServedAnswer[] = [];

  constructor(
    private readonly hub: TestHub,
    private readonly asker: Asker,
  ) {}

  /** Asks by GraphQL. `about` names the request. */
  async ask(about: string, query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const headers = new Headers({ 'content-type': 'application/json', ...(await this.credentials()) });
    const body = JSON.stringify({ query, variables });
    await this.send(about, '/graphql', { method: 'POST', headers, body });
  }

  /** Fetches a path. `about` names it in other words. */
  async get(path: string, { method = 'GET', prefix = '', about = path } = {}): Promise<Buffer> {
    return this.send(`${method} ${about}`, `${prefix}${path}`, { method, headers: await this.cookies() });
  }

  /** Fetches a log whole: its checkpoint, every tile and every bundle, GET and HEAD, and what is not there. */
  async readLog(url: string, prefix = ''): Promise<void> {
    const note = (await this.get(`${url}/checkpoint`, { prefix })).toString('utf8');
    const size = Number(note.split('\n')[1] ?? 0) || 0;
    const paths = [...Array.from(tilesOf(size), tilePath), ...Array.from(bundlesOf(size), bundlePath)];
    for (const path of ['checkpoint', ...paths, 'tile/0/999', 'tile/entries/000.p/255', 'other'])
      for (const method of ['GET', 'HEAD']) await this.get(`${url}/${path}`, { method, prefix });
  }

  /**
   * Fetches what stands behind the log, each part and all of it, with a replay ticket if the asker is given one; and what only auditors are given with
   * theirs.
   */
  async readEvidence(channel: string): Promise<void> {
    const note = (await (await fetch(`${this.hub.url}/log/checkpoint`)).text()).split('\n');
    const size = Number(note[1]);
    const prefix = await this.replayPrefix();
    const single = Array.from({ length: size }, (_, index) => `${index}-${index + 1}`);
    for (const range of [`0-${size}`, ...single, `0-${size + 1}`, `${size}-${size + 1}`])
      await this.get(`/evidence/${range}`, { prefix });
    for (const path of ['/state/1/0', '/state/1/salts', `/feed/${channel}/checkpoint`])
      await this.get(path, { prefix, about: `/replay${path}` });
  }

  private async replayPrefix(): Promise<string> {
    if (!isMember(this.asker)) return '/replay/none';
    const { body } = await this.hub.graphql(this.asker, REPLAY_TICKET);
    return body.data.requestReplayTicket.prefix as string;
  }

  private async send(about: string, path: string, init: RequestInit): Promise<Buffer> {
    const response = await fetch(`${this.hub.url}${path}`, init);
    const body = Buffer.from(await response.arrayBuffer());
    this.answers.push({ about, status: response.status, headers: [...response.headers], body });
    return body;
  }

  private async credentials(): Promise<Record<string, string>> {
    if (!isMember(this.asker)) return { origin: this.hub.url, ...(await this.cookies()) };
    return (await this.hub.keptToken(this.asker)).headers();
  }

  private async cookies(): Promise<Record<string, string>> {
    if (this.asker === null || isMember(this.asker)) return {};
    return { cookie: [...this.asker.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }
}
