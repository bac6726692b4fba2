import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { encodeBase64url } from '#libs/keys';
import type { JsonObject } from '#libs/protocol';
import { askHub, askHubForList } from '../application/ask-hub.js';
import { ClientError } from '../client-error.js';
import { requireHubUrl, type HubPolicy } from '../config/hub-policy.js';
import { readAuditTrail, type AuditTrail } from '../audit/audit-trail.js';
import { MemberHome } from '../config/member-home.js';
import type { Operation } from '../http/graphql.js';
import { HttpClient, type HttpOptions } from '../http/http-client.js';
import { hubText } from '../http/hub-text.js';
import { AnswerObject, MAX_JSON_BYTES, parseAnswer } from '../http/json-answer.js';
import {
  acceptEntryProof,
  entryProofOperation,
  type CheckedEntryProof,
  type WantedEntry,
} from '../provenance/entry-proofs.js';
import { replayHub, type ReplayRunOptions } from '../replay/replay-hub.js';
import type { ReplayReport } from '../replay/replay-report.js';
import { forgetSession, loadSession, storeSession, type StoredSession } from './stored-session.js';
import { listenForCode } from './terminal-listener.js';

/** How long somebody may take to log in, in milliseconds. */
const LOGIN_MS = 600_000;
const SUBJECT = 'session';

export interface PersonClientOptions {
  /** Home directory of the configuration; by default `CAIRN_CLI_HOME`, else `~/.cairn`. */
  readonly home?: string;
  readonly http?: HttpOptions;
}

/** A person as the hub sees it. */
export interface Viewer {
  readonly name: string;
  /** Roles of staff, such as `approver`. */
  readonly roles: readonly string[];
  /** Name of the member that the person administers, or null. */
  readonly administers: string | null;
}

export interface LoginOptions {
  /** Public URL of the hub; by default the one that is configured. */
  readonly url?: string;
  readonly allowHttp?: boolean;
  /** Shows the address that has to be opened in a browser on this machine. */
  readonly show: (address: string) => void;
}

/** A person at a hub, by a session in a terminal. No secret is ever typed or pasted: the browser brings a code. */
export class PersonClient {
  private readonly home: MemberHome;
  private readonly http: HttpClient;

  constructor({ home, http = {} }: PersonClientOptions = {}) {
    this.home = new MemberHome(home);
    this.http = new HttpClient(http);
  }

  /**
   * Logs in: shows an address, waits until the login in the browser is done, and keeps the session.
   *
   * @throws ClientError `OPTION_INVALID`, `NOT_CONFIGURED`, `TIMEOUT`, `AUTH_REFUSED`, or as `HttpClient` does
   */
  async login({ url: wanted, allowHttp = false, show }: LoginOptions): Promise<Viewer> {
    const url =
      wanted === undefined ? (await this.home.load()).hub.baseUrl : requireHubUrl(wanted, allowHttp);
    const verifier = encodeBase64url(randomBytes(32));
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const listener = await listenForCode(AbortSignal.timeout(LOGIN_MS));
    try {
      show(`${url}/login?terminal=${listener.port}&challenge=${challenge}`);
      const code = await listener.code.catch((cause: unknown) => {
        throw new ClientError('TIMEOUT', 'login', 'nobody logged in within ten minutes', { cause });
      });
      const session = await this.exchange(url, code, verifier);
      // The session before may be of a hub that is gone: it ends by itself.
      await this.logout().catch(() => false);
      await storeSession(this.home, { url, session });
    } finally {
      listener.close();
    }
    return (await this.viewer())!;
  }

  /** Ends the session at the hub and forgets it; @returns whether there was one */
  async logout(): Promise<boolean> {
    const stored = await loadSession(this.home);
    if (stored === null) return false;
    await this.post(stored.url, '/logout', {}, { authorization: `Session ${stored.session}` });
    await forgetSession(this.home);
    return true;
  }

  /**
   * Who this person is to the hub; null when there is no session.
   *
   * @throws ClientError `AUTH_REFUSED` when the session has ended
   */
  async viewer(): Promise<Viewer | null> {
    const stored = await loadSession(this.home);
    if (stored === null) return null;
    return toViewer((await this.run(stored, VIEWER, {})).object('viewer'));
  }

  /**
   * Accepts an invitation.
   *
   * @throws ClientError `NOT_CONFIGURED` without a session, `REQUEST_REFUSED` when the hub does not take it
   */
  async accept(token: string): Promise<Viewer> {
    const stored = await this.requireSession();
    const result = (await this.run(stored, ACCEPT, { token })).object('acceptInvitation');
    const message = result.optionalText('message');
    if (message !== null) throw new ClientError('REQUEST_REFUSED', 'invitation', hubText(message));
    return toViewer(result);
  }

  /**
   * The proof of an entry in the name of this person, verified under a pinned policy.
   *
   * @throws ClientError as `ask` does, `PROOF_REJECTED`
   */
  async entryProof(hub: HubPolicy, wanted: WantedEntry): Promise<CheckedEntryProof> {
    return acceptEntryProof(hub, wanted, await this.ask(entryProofOperation(wanted)));
  }

  /**
   * The audit trail of the hub, held to every head of it in the log of a pinned hub, of which a copy is kept. For auditors.
   *
   * @param hub null when none is pinned: then the latest head is believed
   * @throws ClientError as `readAuditTrail` does
   */
  auditTrail(hub: HubPolicy | null): Promise<AuditTrail> {
    const { http } = this;
    const directory = join(this.home.path, 'audit-log');
    return readAuditTrail((operation) => this.ask(operation), hub && { hub, http, directory });
  }

  /**
   * Replays the log of a hub with everything that stands behind it, for auditors. The hub records which parts it shows to whom, and why.
   *
   * @param purpose why, 1 to 200 printable characters
   * @throws ClientError as `ask` does, or for logs that contradict their checkpoints or themselves
   */
  async replay(
    hub: HubPolicy,
    purpose: string,
    { work, ...options }: ReplayRunOptions = {},
  ): Promise<ReplayReport> {
    return replayHub(
      {
        ...{ http: this.http, hub, purpose, feeds: null },
        ask: (operation) => this.ask(operation),
        replayer: { kind: 'auditor' },
        // A replay from a state takes on trust what the other one does not: neither goes on with the other's files.
        work:
          work ??
          join(this.home.path, 'replay', options.fromState === undefined ? 'auditor' : 'auditor-state'),
      },
      options,
    );
  }

  /**
   * The one answer of an operation, in the name of this person.
   *
   * @throws ClientError `NOT_CONFIGURED` without a session, `REQUEST_REFUSED`, `NOT_FOUND`, `AUTH_REFUSED`
   */
  async ask(operation: Operation): Promise<JsonObject> {
    const { url, session } = await this.requireSession();
    return askHub(this.http, url, `Session ${session}`, operation);
  }

  /**
   * The list that an operation answers, in the name of this person.
   *
   * @throws ClientError as `ask` does
   */
  async askForList(operation: Operation): Promise<JsonObject[]> {
    const { url, session } = await this.requireSession();
    return askHubForList(this.http, url, `Session ${session}`, operation);
  }

  private async requireSession(): Promise<StoredSession> {
    const stored = await loadSession(this.home);
    if (stored !== null) return stored;
    throw new ClientError('NOT_CONFIGURED', this.home.path, 'holds no session; run: cairn login');
  }

  private async exchange(url: string, code: string, verifier: string): Promise<string> {
    const { status, body } = await this.post(url, '/login/terminal', { code, verifier });
    if (status !== 200) throw new ClientError('AUTH_REFUSED', 'login', 'the hub takes no such code');
    return new AnswerObject(parseAnswer(body, SUBJECT), SUBJECT).text('session');
  }

  private async run(
    { url, session }: StoredSession,
    query: string,
    variables: object,
  ): Promise<AnswerObject> {
    const headers = { authorization: `Session ${session}` };
    const { status, body } = await this.post(url, '/graphql', { query, variables }, headers);
    if (status === 401) {
      throw new ClientError('AUTH_REFUSED', SUBJECT, 'has ended; run: cairn login');
    }
    const data = new AnswerObject(parseAnswer(body, SUBJECT), SUBJECT).optionalObject('data');
    if (data !== null) return data;
    throw new ClientError('REQUEST_REFUSED', SUBJECT, `the hub refuses the request (status ${status})`);
  }

  private post(url: string, path: string, body: object, headers: Record<string, string> = {}) {
    return this.http.send({
      method: 'POST',
      url: `${url}${path}`,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify(body),
      maxBytes: MAX_JSON_BYTES,
      subject: SUBJECT,
    });
  }
}

const VIEWER = '{ viewer { name roles administers } }';
const ACCEPT = `mutation ($token: String!) {
  acceptInvitation(token: $token) { ... on Viewer { name roles administers } ... on ActRefused { message } }
}`;

function toViewer(viewer: AnswerObject): Viewer {
  const administers = viewer.optionalText('administers');
  return {
    name: hubText(viewer.text('name')),
    roles: viewer.texts('roles').map((role) => hubText(role).toLowerCase()),
    administers: administers === null ? null : hubText(administers),
  };
}
