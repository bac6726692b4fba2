import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { serializeError } from './error-serializer.js';
import { createLogger, REDACTED } from './logger.js';
import { requestIdOf } from './request-id.js';

const SECRET = 'f8f8f0cee0f4a84f06370a22038f63f0';

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ name: 'api', level: 'info', destination: { write: (line) => lines.push(line) } }));
  return lines.join('');
}

/** As the driver gives them: the value in message, detail and parameters. */
function databaseError(code: string, message: string): QueryFailedError {
  const driver = Object.assign(new Error(message), {
    code,
    detail: `Key (value)=(${SECRET}) already exists.`,
    constraint: 'signal_value_uq',
  });
  return new QueryFailedError('INSERT INTO signal VALUES ($1)', [SECRET], driver);
}

describe('createLogger', () => {
  it('writes JSON lines with name and ISO time', () => {
    const line = JSON.parse(logged((log) => log.info({ member: '7' }, 'admitted'))) as Record<
      string,
      unknown
    >;
    expect(line).toMatchObject({ name: 'api', msg: 'admitted', member: '7' });
    expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it.each(REDACTED)('leaves out %s down to the fourth level', (name) => {
    const deep = { a: { b: { c: { [name]: SECRET } } } };
    const text = logged((log) => {
      log.info({ [name]: SECRET });
      log.info({ a: { [name]: SECRET } });
      log.info({ a: { b: { [name]: SECRET } } });
      log.info(deep);
    });
    expect(text).not.toContain(SECRET);
    expect(text.match(/\[redacted\]/g)).toHaveLength(4);
  });

  it('keeps a line break in a message from making a second line', () => {
    expect(logged((log) => log.info('one\n{"level":60}')).trimEnd()).not.toContain('\n');
  });

  it.each([
    ['23505', 'duplicate key value violates unique constraint "signal_value_uq"'],
    ['22P02', `invalid input syntax for type bytea: "${SECRET}"`],
  ])('quotes no value of database error %s, at whatever depth', (code, message) => {
    const error = new Error('decide-submission failed', { cause: databaseError(code, message) });
    const text = logged((log) => log.error({ err: error }, 'a job failed'));
    expect(text).not.toContain(SECRET);
    expect(text).toContain(`database error ${code}`);
    expect(text).toContain('signal_value_uq');
  });
});

describe('serializeError', () => {
  it('keeps type, message, code and frames of an ordinary error', () => {
    const error = Object.assign(new TypeError('no such thing'), { code: 'ENOENT' });
    expect(serializeError(error)).toMatchObject({
      type: 'TypeError',
      message: 'no such thing',
      code: 'ENOENT',
    });
    expect(serializeError(error).stack).toMatch(/^\s+at /);
    expect(serializeError(error).stack).not.toContain('no such thing');
  });

  it('shows nothing of a value that is no error', () => {
    expect(JSON.stringify(serializeError(SECRET))).not.toContain(SECRET);
  });

  it('ends a chain of causes', () => {
    const error = new Error('loop');
    error.cause = error;
    expect(() => JSON.stringify(serializeError(error))).not.toThrow();
  });
});

describe('requestIdOf', () => {
  it('keeps a harmless id and replaces any other', () => {
    expect(requestIdOf('abc-1.2_3')).toBe('abc-1.2_3');
    for (const header of [undefined, '', 'a b', 'a\nb', 'x'.repeat(65), ['a', 'b']]) {
      expect(requestIdOf(header)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    }
  });
});
