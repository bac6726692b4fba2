import { isJsonObject, type JsonObject, type JsonValue } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { Operation } from '../http/graphql.js';
import type { HttpClient } from '../http/http-client.js';
import { hubText } from '../http/hub-text.js';
import { AnswerObject, MAX_JSON_BYTES, parseAnswer } from '../http/json-answer.js';

const TIMEOUT_MS = 120_000;

/**
 * The one answer of an operation, for whoever shows these credentials, or none.
 *
 * @throws ClientError `AUTH_REFUSED`, `REQUEST_REFUSED`, `NOT_FOUND`, `UNEXPECTED_ANSWER`, or as `HttpClient` does
 */
export async function askHub(
  http: HttpClient,
  url: string,
  authorization: string | null,
  operation: Operation,
): Promise<JsonObject> {
  return onlyResult(await ask(http, url, authorization, operation), operation.subject);
}

/**
 * The list that an operation answers, for whoever shows these credentials.
 *
 * @throws ClientError as `askHub` does
 */
export async function askHubForList(
  http: HttpClient,
  url: string,
  authorization: string,
  operation: Operation,
): Promise<JsonObject[]> {
  const [list] = Object.values(await ask(http, url, authorization, operation));
  if (Array.isArray(list) && list.every((item) => isJsonObject(item))) return printable(list) as JsonObject[];
  throw new ClientError('UNEXPECTED_ANSWER', operation.subject, 'is not a list');
}

async function ask(
  http: HttpClient,
  url: string,
  authorization: string | null,
  { query, variables, subject }: Operation,
): Promise<JsonObject> {
  const { status, body } = await http.send({
    method: 'POST',
    url: `${url}/graphql`,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(authorization !== null && { authorization }),
    },
    body: JSON.stringify({ query, variables }),
    maxBytes: MAX_JSON_BYTES,
    subject,
    timeoutMs: TIMEOUT_MS,
  });
  if (status === 401) throw new ClientError('AUTH_REFUSED', subject, 'the hub does not know the caller');
  if (status === 403) throw new ClientError('REQUEST_REFUSED', subject, 'is not for this caller');
  const data = new AnswerObject(parseAnswer(body, subject), subject).optionalObject('data');
  if (data !== null) return data.json;
  throw new ClientError('REQUEST_REFUSED', subject, `the hub refuses the request (status ${status})`);
}

/**
 * The value of the one field that was asked for.
 *
 * @throws ClientError `REQUEST_REFUSED` with field and rule, `NOT_FOUND`
 */
export function onlyResult(data: JsonObject, subject: string): JsonObject {
  const [value] = Object.values(data);
  if (!isJsonObject(value as JsonValue))
    throw new ClientError('NOT_FOUND', subject, 'the hub has nothing of that name for you');
  const answer = new AnswerObject(value as JsonObject, subject);
  const kind = answer.optionalText('__typename');
  if (kind === 'NotFound')
    throw new ClientError('NOT_FOUND', subject, 'the hub has nothing of that name for you');
  if (kind === 'ActRefused') {
    const [code, field, rule] = ['code', 'field', 'rule'].map((name) => hubText(answer.text(name)));
    throw new ClientError('REQUEST_REFUSED', field!, `${rule} (${code})`);
  }
  return printable(answer.json) as JsonObject;
}

/** What a hub sends must not be able to steer a terminal; line breaks stay. */
function printable(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.replaceAll(/[^\P{C}\n\t]/gu, ' ');
  if (Array.isArray(value)) return value.map(printable);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      name === '__typename' ? [] : [[name, printable(member as JsonValue)]],
    ),
  );
}
