import { StrictJsonError, type StrictJsonErrorCode } from './strict-json-error.js';
import type { JsonObject, JsonValue } from './strict-json-value.js';

/** Finds a surrogate without its other half: with the `u` flag a pair is one character. */
export const LONE_SURROGATE = /\p{Surrogate}/u;

const PLAIN_CHARACTERS = /[^"\\\u0000-\u001f]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const ESCAPED_CODE_UNIT = /u[0-9a-fA-F]{4}/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * Parses `text` by the rules of strict JSON, from left to right, and says where and why it fails.
 *
 * @throws StrictJsonError
 */
export function parseExactJson(text: string, maxDepth: number): JsonValue {
  // A raw lone surrogate could pair up with an escaped one, so the text is checked before anything is decoded.
  const lone = text.search(LONE_SURROGATE);
  if (lone >= 0) throw new StrictJsonError('UNPAIRED_SURROGATE', lone, 'an unpaired surrogate');
  return new ExactParser(text, maxDepth).document();
}

class ExactParser {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  document(): JsonValue {
    this.skipWhiteSpace();
    const value = this.value(this.maxDepth);
    this.skipWhiteSpace();
    if (this.at < this.text.length) throw this.error('TRAILING_DATA', 'nothing may follow the value');
    return value;
  }

  private value(depthLeft: number): JsonValue {
    switch (this.text[this.at]) {
      case '{':
        return this.object(this.deeper(depthLeft));
      case '[':
        return this.array(this.deeper(depthLeft));
      case '"':
        return this.string();
      case 't':
        return this.literal('true', true);
      case 'f':
        return this.literal('false', false);
      case 'n':
        return this.literal('null', null);
      default:
        return this.number();
    }
  }

  private deeper(depthLeft: number): number {
    if (depthLeft <= 0) throw this.error('TOO_DEEP', `more than ${this.maxDepth} levels`);
    return depthLeft - 1;
  }

  private object(depthLeft: number): JsonObject {
    const object: JsonObject = {};
    this.at++;
    this.skipWhiteSpace();
    if (this.take('}')) return object;
    do {
      this.skipWhiteSpace();
      this.member(object, depthLeft);
    } while (this.take(','));
    this.expect('}', 'expected , or }');
    return object;
  }

  private member(object: JsonObject, depthLeft: number): void {
    const start = this.at;
    if (this.text[start] !== '"') throw this.error('SYNTAX', 'expected a member name');
    const name = this.string();
    if (Object.hasOwn(object, name)) throw this.error('DUPLICATE_NAME', 'a member name occurs twice', start);
    this.skipWhiteSpace();
    this.expect(':', 'expected :');
    this.skipWhiteSpace();
    setOwn(object, name, this.value(depthLeft));
    this.skipWhiteSpace();
  }

  private array(depthLeft: number): JsonValue[] {
    const array: JsonValue[] = [];
    this.at++;
    this.skipWhiteSpace();
    if (this.take(']')) return array;
    do {
      this.skipWhiteSpace();
      array.push(this.value(depthLeft));
      this.skipWhiteSpace();
    } while (this.take(','));
    this.expect(']', 'expected , or ]');
    return array;
  }

  private string(): string {
    const start = this.at;
    this.at++;
    let value = this.match(PLAIN_CHARACTERS);
    if (this.take('"')) return value;
    while (this.take('\\')) value += this.escape() + this.match(PLAIN_CHARACTERS);
    this.expect('"', 'expected the end of the string and no control character');
    if (LONE_SURROGATE.test(value)) throw this.error('UNPAIRED_SURROGATE', 'an unpaired surrogate', start);
    return value;
  }

  private escape(): string {
    const simple = ESCAPES.get(this.text.charAt(this.at));
    if (simple !== undefined) {
      this.at++;
      return simple;
    }
    const unit = this.match(ESCAPED_CODE_UNIT);
    if (unit === '') throw this.error('SYNTAX', 'an unknown escape');
    return String.fromCharCode(Number.parseInt(unit.slice(1), 16));
  }

  private number(): number {
    const start = this.at;
    NUMBER.lastIndex = start;
    const found = NUMBER.exec(this.text);
    if (found === null) throw this.error('SYNTAX', 'expected a value');
    const [token, fraction, exponent] = found;
    if (fraction !== undefined || exponent !== undefined || token === '-0') {
      throw this.error('NUMBER_FORM', 'only integers, without fraction, exponent or negative zero');
    }
    const value = Number(token);
    if (!Number.isSafeInteger(value)) throw this.error('NUMBER_RANGE', 'an integer beyond 2^53 - 1');
    this.at = NUMBER.lastIndex;
    return value;
  }

  private literal<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.error('SYNTAX', 'expected a value');
    this.at += word.length;
    return value;
  }

  private skipWhiteSpace(): void {
    for (;;) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0d) return;
      this.at++;
    }
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private expect(character: string, rule: string): void {
    if (!this.take(character)) throw this.error('SYNTAX', rule);
  }

  private match(pattern: RegExp): string {
    const start = this.at;
    pattern.lastIndex = start;
    if (pattern.test(this.text)) this.at = pattern.lastIndex;
    return this.text.slice(start, this.at);
  }

  private error(code: StrictJsonErrorCode, rule: string, position = this.at): StrictJsonError {
    return new StrictJsonError(code, position, rule);
  }
}

/** Assigning to `__proto__` would replace the object's prototype; JSON.parse makes it an own member as well. */
function setOwn(object: JsonObject, name: string, value: JsonValue): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[name] = value;
  }
}
