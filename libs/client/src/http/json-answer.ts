import { decodeUtf8, isJsonObject, parseStrictJson, StrictJsonError, type JsonObject } from '#libs/protocol';
import { ClientError } from '../client-error.js';

/** Longest answer in JSON: a page of a thousand rows is far below. */
export const MAX_JSON_BYTES = 16 * 1024 * 1024;

/**
 * The JSON object in an answer.
 *
 * @throws ClientError `UNEXPECTED_ANSWER`
 */
export function parseAnswer(body: Uint8Array, subject: string): JsonObject {
  try {
    const value = parseStrictJson(decodeUtf8(body), { maxLength: MAX_JSON_BYTES, maxDepth: 32 });
    if (isJsonObject(value)) return value;
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
  }
  throw new ClientError(
    'UNEXPECTED_ANSWER',
    subject,
    'the answer is no JSON object: is this the address of a hub?',
  );
}

/** Reads members of an answer's object, refusing what a hub would not send. */
export class AnswerObject {
  constructor(
    readonly json: JsonObject,
    readonly subject: string,
  ) {}

  text(name: string): string {
    const value = this.own(name);
    return typeof value === 'string' ? value : this.refuse(name);
  }

  optionalText(name: string): string | null {
    return this.isAbsent(name) ? null : this.text(name);
  }

  integer(name: string): number {
    const value = this.own(name);
    return typeof value === 'number' ? value : this.refuse(name);
  }

  optionalInteger(name: string): number | null {
    return this.isAbsent(name) ? null : this.integer(name);
  }

  boolean(name: string): boolean {
    const value = this.own(name);
    return typeof value === 'boolean' ? value : this.refuse(name);
  }

  optionalBoolean(name: string): boolean | null {
    return this.isAbsent(name) ? null : this.boolean(name);
  }

  /** A `DateTime`, as Unix milliseconds. */
  time(name: string): number {
    const ms = Date.parse(this.text(name));
    return Number.isNaN(ms) ? this.refuse(name) : ms;
  }

  object(name: string): AnswerObject {
    const value = this.own(name);
    return isJsonObject(value) ? new AnswerObject(value, this.subject) : this.refuse(name);
  }

  optionalObject(name: string): AnswerObject | null {
    return this.isAbsent(name) ? null : this.object(name);
  }

  objects(name: string): AnswerObject[] {
    const value = this.own(name);
    if (!Array.isArray(value)) return this.refuse(name);
    return value.map((item) =>
      isJsonObject(item) ? new AnswerObject(item, this.subject) : this.refuse(name),
    );
  }

  texts(name: string): string[] {
    const value = this.own(name);
    if (!Array.isArray(value)) return this.refuse(name);
    return value.map((item) => (typeof item === 'string' ? item : this.refuse(name)));
  }

  /** GraphQL says null where other formats leave a member out. */
  private isAbsent(name: string): boolean {
    return (this.own(name) ?? null) === null;
  }

  private own(name: string) {
    return Object.hasOwn(this.json, name) ? this.json[name] : undefined;
  }

  private refuse(name: string): never {
    throw new ClientError(
      'UNEXPECTED_ANSWER',
      this.subject,
      `the answer's ${name} is missing or of another kind`,
    );
  }
}
