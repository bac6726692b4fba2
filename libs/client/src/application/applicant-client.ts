import { join } from 'node:path';
import { isJsonObject, parseStrictJson, StrictJsonError, type JsonObject } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { requireHubUrl } from '../config/hub-policy.js';
import { MemberHome } from '../config/member-home.js';
import { durableFiles, replaceDurably } from '../files/durable-files.js';
import type { Operation } from '../http/graphql.js';
import { HttpClient, type HttpOptions } from '../http/http-client.js';
import { AnswerObject } from '../http/json-answer.js';
import { readPrivately } from '../person/stored-session.js';
import { askHub } from './ask-hub.js';

const VERSION = 'cairn-application/1';
const SUBJECT = 'application';
const APPLY = `mutation Apply($profile: ApplicationProfileInput!) { apply(profile: $profile) {
  __typename ... on ApplicationBegun { application secret } ... on ActRefused { code field rule } } }`;

/** An applicant at a hub. The secret of its application lies in a file that only its owner can read. */
export class ApplicantClient {
  private readonly home: MemberHome;
  private readonly http: HttpClient;

  constructor({ home, http = {} }: { home?: string; http?: HttpOptions } = {}) {
    this.home = new MemberHome(home);
    this.http = new HttpClient(http);
  }

  /**
   * Begins an application and keeps its secret. There is one in a home: another needs another home.
   *
   * @param profile as the hub's `ApplicationProfileInput`
   * @throws ClientError `ALREADY_CONFIGURED`, `OPTION_INVALID`, `REQUEST_REFUSED` naming field and rule
   */
  async apply(url: string, profile: JsonObject, allowHttp = false): Promise<string> {
    const base = requireHubUrl(url, allowHttp);
    if ((await readPrivately(this.file)) !== null)
      throw new ClientError('ALREADY_CONFIGURED', this.file, 'holds an application already');
    await durableFiles.makeDirectory(this.home.path);
    const operation = { query: APPLY, variables: { profile }, subject: SUBJECT };
    const begun = new AnswerObject(await askHub(this.http, base, null, operation), SUBJECT);
    const [application, secret] = [begun.text('application'), begun.text('secret')];
    const stored = { version: VERSION, url: base, application, secret };
    await replaceDurably(durableFiles, this.file, `${JSON.stringify(stored)}\n`);
    return application;
  }

  /**
   * The one answer of an operation, in the name of the applicant.
   *
   * @throws ClientError `NOT_CONFIGURED` without an application, `CONFIG_INVALID`, `REQUEST_REFUSED`, `AUTH_REFUSED`
   */
  async ask(operation: Operation): Promise<JsonObject> {
    const { url, secret } = await this.load();
    return askHub(this.http, url, `Application ${secret}`, operation);
  }

  private get file(): string {
    return join(this.home.path, 'application.json');
  }

  private async load(): Promise<{ url: string; secret: string }> {
    const text = await readPrivately(this.file);
    if (text === null)
      throw new ClientError('NOT_CONFIGURED', this.home.path, 'holds no application; run: cairn apply');
    const { version, url, secret } = read(text);
    if (version === VERSION && typeof url === 'string' && typeof secret === 'string') return { url, secret };
    throw new ClientError('CONFIG_INVALID', this.file, 'is no application of this version');
  }
}

function read(text: string): JsonObject {
  try {
    const json = parseStrictJson(text.trim());
    return isJsonObject(json) ? json : {};
  } catch (error) {
    if (error instanceof StrictJsonError) return {};
    throw error;
  }
}
