import { describe, expect, it } from '@jest/globals';
import { withClient } from './client.js';
import { placeOf, sessionConfig, withDatabase, withLogin } from './connection.js';
import { isRetryable, sqlState } from './sql-state.js';

describe('sessionConfig', () => {
  it('keeps its options apart from the URL', () => {
    const config = sessionConfig('postgres://u:p@h/d', {
      applicationName: 'a',
      searchPath: 'cairn',
      role: 'cairn_owner',
      max: 3,
    });
    expect(config).toMatchObject({ connectionString: 'postgres://u:p@h/d', application_name: 'a', max: 3 });
    expect(config.options).toContain('-c search_path=cairn');
    expect(config.options).toContain('-c role=cairn_owner');
  });
});

describe('withLogin and withDatabase', () => {
  it('change one thing and keep the rest', () => {
    expect(withLogin('postgres://u:p@h:5/d?sslmode=require', 'api', 'a/b')).toBe(
      'postgres://api:a%2Fb@h:5/d?sslmode=require',
    );
    expect(withDatabase('postgres://u:p@h:5/d?sslmode=require', 'other')).toBe(
      'postgres://u:p@h:5/other?sslmode=require',
    );
  });
});

describe('placeOf', () => {
  it('shows no login', () => {
    expect(placeOf('postgres://u:hunter2@h:5/d?sslpassword=hunter2')).toBe('h:5/d');
  });
});

describe('withClient', () => {
  it('says where nothing answers, without the login', async () => {
    const failed = withClient('postgres://u:hunter2@127.0.0.1:1/d', {}, async () => 1);
    await expect(failed).rejects.toMatchObject({
      code: 'database-unreachable',
      message: 'PostgreSQL at 127.0.0.1:1/d cannot be reached: ECONNREFUSED',
    });
  });
});

describe('sqlState', () => {
  it('finds the state of a database error, wrapped or not, and of nothing else', () => {
    expect(sqlState({ code: '40001' })).toBe('40001');
    expect(sqlState({ code: 'X', driverError: { code: '40P01' } })).toBe('40P01');
    for (const other of [undefined, null, 'text', {}, { code: 40001 }, { code: 'ECONNREFUSED' }]) {
      expect(sqlState(other)).toBeUndefined();
    }
  });

  it('calls only serialization failures and deadlocks retryable', () => {
    expect(['40001', '40P01', '40002', '55P03', '23505'].map((code) => isRetryable({ code }))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
