import { ClientError } from '../client-error.js';
import type { HttpAnswer, HttpClient } from '../http/http-client.js';
import type { AskHub } from '../http/graphql.js';
import { AnswerObject } from '../http/json-answer.js';
import type { FetchFile } from '../log/static-log.js';

const REQUEST = `mutation ($purpose: String) {
  requestReplayTicket(purpose: $purpose) {
    __typename ... on ReplayTicket { prefix expiresAt } ... on ActRefused { code field rule }
  }
}`;
const SUBJECT = 'replay ticket';
const PREFIX = /^\/replay\/[A-Za-z0-9._~-]{1,512}$/;
const MARGIN_MS = 10_000;
const TIMEOUT_MS = 120_000;

interface Ticket {
  readonly prefix: string;
  readonly expiresAt: number;
}

/** Fetches what stands behind the log with a ticket, which is renewed when it ends. */
export class ReplayAccess {
  private ticket: Ticket | null = null;
  private renewal: Promise<Ticket> | null = null;

  constructor(
    private readonly options: {
      readonly http: HttpClient;
      readonly baseUrl: string;
      readonly ask: AskHub;
      /** Why an auditor reads; null for a member. */
      readonly purpose: string | null;
    },
  ) {}

  /**
   * Fetches a file below the ticket's prefix.
   *
   * @throws ClientError `FEED_REFUSED`, or as `HttpClient` and asking for the ticket do
   */
  readonly fetchFile: FetchFile = async (path, limits) => {
    const ticket = await this.current();
    let answer = await this.send(ticket, path, limits);
    if (answer.status === 401 || answer.status === 403) {
      if (this.ticket === ticket) this.ticket = null;
      answer = await this.send(await this.current(), path, limits);
    }
    if (answer.status === 200) return answer.body;
    if (answer.status === 404 || answer.status === 410) return null;
    throw new ClientError('FEED_REFUSED', limits.subject, `the hub answers ${answer.status} to a new ticket`);
  };

  /** The same for the files of one feed, for auditors. */
  feed(channel: string): FetchFile {
    return (path, limits) => this.fetchFile(`feed/${channel}/${path}`, limits);
  }

  private send({ prefix }: Ticket, path: string, limits: Parameters<FetchFile>[1]): Promise<HttpAnswer> {
    const { http, baseUrl } = this.options;
    return http.send({ method: 'GET', url: `${baseUrl}${prefix}/${path}`, ...limits, timeoutMs: TIMEOUT_MS });
  }

  private async current(): Promise<Ticket> {
    if (this.ticket !== null && this.ticket.expiresAt - MARGIN_MS > Date.now()) return this.ticket;
    // Several files are fetched at once, and one ticket does for all.
    this.renewal ??= this.request().finally(() => (this.renewal = null));
    return this.renewal;
  }

  private async request(): Promise<Ticket> {
    const { ask, purpose } = this.options;
    const answer = await ask({ query: REQUEST, variables: { purpose }, subject: SUBJECT });
    const ticket = new AnswerObject(answer, SUBJECT);
    const prefix = ticket.text('prefix');
    if (!PREFIX.test(prefix)) {
      throw new ClientError('UNEXPECTED_ANSWER', SUBJECT, 'its prefix is not of the known form');
    }
    this.ticket = { prefix, expiresAt: ticket.time('expiresAt') };
    return this.ticket;
  }
}
