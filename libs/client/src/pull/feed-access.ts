import { join } from 'node:path';
import { ClientError } from '../client-error.js';
import { durableFiles, replaceDurably } from '../files/durable-files.js';
import { readJsonFile } from '../files/read-file.js';
import type { HttpAnswer, HttpClient } from '../http/http-client.js';
import type { FetchFile } from '../log/static-log.js';
import { writeLabels } from '../store/labels-file.js';

/** Leave to read the files of one feed for a few minutes. */
export interface FeedTicket {
  /** Put in front of a path. */
  readonly prefix: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** What the hub says of a feed that is not proved: a ticket, and the names of label codes. */
export interface FeedGrant {
  readonly ticket: FeedTicket;
  readonly labels: ReadonlyMap<number, string>;
}

/** Asks the hub for a grant; the answer is for the caller alone. */
export type RequestGrant = (feed: string) => Promise<FeedGrant>;

const MARGIN_MS = 10_000;
const PREFIX = /^\/ticket\/[A-Za-z0-9._~-]{1,512}$/;
const PACK_TIMEOUT_MS = 120_000;

/** Reads the files of a feed with a ticket, which is kept in the feed's directory until it ends. */
export class FeedAccess {
  private ticket: FeedTicket | null = null;
  /** A new ticket on its way: many files are fetched at once, and one ticket does for all. */
  private renewal: Promise<FeedTicket> | null = null;

  constructor(
    private readonly options: {
      readonly http: HttpClient;
      readonly baseUrl: string;
      readonly feed: string;
      /** The feed's directory in the store. */
      readonly directory: string;
      readonly requestGrant: RequestGrant;
      readonly now?: () => number;
    },
  ) {}

  /**
   * Fetches a file below the feed's prefix; a ticket that is refused is replaced once.
   *
   * @throws ClientError `FEED_REFUSED`, or as `HttpClient` and the grant do
   */
  readonly fetchFile: FetchFile = async (path, limits) => {
    const ticket = await this.currentTicket();
    let answer = await this.send(ticket, path, limits);
    if (answer.status === 401 || answer.status === 403) {
      answer = await this.send(await this.replace(ticket), path, limits);
    }
    if (answer.status === 200) return answer.body;
    if (answer.status === 404 || answer.status === 410) return null;
    throw new ClientError('FEED_REFUSED', limits.subject, `the hub answers ${answer.status} to a new ticket`);
  };

  private send({ prefix }: FeedTicket, path: string, limits: Parameters<FetchFile>[1]): Promise<HttpAnswer> {
    const { http, baseUrl, feed } = this.options;
    const url = `${baseUrl}${prefix}/feed/${feed}/${path}`;
    return http.send({ method: 'GET', url, ...limits, timeoutMs: PACK_TIMEOUT_MS });
  }

  private async currentTicket(): Promise<FeedTicket> {
    const now = (this.options.now ?? Date.now)();
    this.ticket ??= await this.storedTicket();
    const { ticket } = this;
    return ticket !== null && ticket.expiresAt - MARGIN_MS > now ? ticket : this.replace(ticket);
  }

  /** Another ticket than `old`, which may have been got meanwhile. */
  private async replace(old: FeedTicket | null): Promise<FeedTicket> {
    if (this.ticket !== null && this.ticket !== old) return this.ticket;
    this.renewal ??= this.newTicket().finally(() => (this.renewal = null));
    return this.renewal;
  }

  private async newTicket(): Promise<FeedTicket> {
    const { requestGrant, feed, directory } = this.options;
    const { ticket, labels } = await requestGrant(feed);
    if (!PREFIX.test(ticket.prefix)) {
      throw new ClientError(
        'UNEXPECTED_ANSWER',
        `ticket of feed ${feed}`,
        'its prefix is not of the known form',
      );
    }
    this.ticket = ticket;
    await durableFiles.makeDirectory(directory);
    await replaceDurably(durableFiles, this.ticketFile, JSON.stringify(ticket));
    await writeLabels(directory, labels);
    return ticket;
  }

  /** A ticket that cannot be read is no loss: there will be another. */
  private async storedTicket(): Promise<FeedTicket | null> {
    const json = await readJsonFile(this.ticketFile, 'STORE_INVALID').catch(() => null);
    const { prefix, expiresAt } = json ?? {};
    if (typeof prefix !== 'string' || typeof expiresAt !== 'number' || !PREFIX.test(prefix)) return null;
    return { prefix, expiresAt };
  }

  private get ticketFile(): string {
    return join(this.options.directory, 'ticket.json');
  }
}
