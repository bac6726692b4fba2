import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadConfig, requireDatabaseUrl, requireIdentityProvider } from './config.js';
import { describeConfig, maskUrl } from './describe-config.js';
import { nearest } from './nearest.js';
import { SETTINGS } from './settings.js';

const problemsOf = (env: Record<string, string>): string => {
  try {
    loadConfig(env, '/srv');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('loadConfig', () => {
  describe('when nothing is set', () => {
    it('gives every setting its default', () => {
      expect(loadConfig({}, '/srv')).toEqual({
        origin: 'localhost:8420',
        publicUrl: 'http://127.0.0.1:8420',
        host: '127.0.0.1',
        port: 8420,
        dataDir: '/srv/.cairn',
        databaseUrl: undefined,
        databaseRolesFile: '/srv/.cairn/secrets/database-roles.json',
        databasePool: 10,
        postgresPort: undefined,
        queueUrl: undefined,
        signerUrl: undefined,
        signerPort: undefined,
        signerSecret: undefined,
        oidcIssuer: undefined,
        oidcClientId: undefined,
        oidcClientSecret: undefined,
        oidcAcr: [],
        smtpUrl: undefined,
        mailFrom: undefined,
        production: false,
        logLevel: 'info',
        mergeDeadlineSeconds: 3600,
        checkpointIntervalMs: 1000,
        publishedIntervalMs: 60_000,
        stateHours: 24,
        erasureDelayHours: 12,
        accessHistoryDays: 730,
        workerConcurrency: 2,
        workerPort: 0,
        shutdownSeconds: 10,
        outgoingLoopback: false,
        faultPoints: undefined,
        faultLog: undefined,
      });
    });

    it('treats an empty variable as not set', () => {
      expect(loadConfig({ CAIRN_PORT: '', CAIRN_DATABASE_URL: '' }, '/srv')).toEqual(loadConfig({}, '/srv'));
    });

    it('derives origin and address from the port', () => {
      const config = loadConfig({ CAIRN_PORT: '9000' });
      expect([config.origin, config.publicUrl]).toEqual(['localhost:9000', 'http://127.0.0.1:9000']);
    });

    it('has no database for a process that needs one', () => {
      expect(() => requireDatabaseUrl(loadConfig({}))).toThrow(
        expect.objectContaining({ code: 'database-url-missing' }),
      );
      expect(requireDatabaseUrl(loadConfig({ CAIRN_DATABASE_URL: 'postgres://h/d' }))).toBe('postgres://h/d');
    });
  });

  describe('when values are right', () => {
    it.each([
      ['CAIRN_ORIGIN', 'hub.example.org', 'origin', 'hub.example.org'],
      ['CAIRN_PUBLIC_URL', 'http://localhost:9000/', 'publicUrl', 'http://localhost:9000'],
      ['CAIRN_PUBLIC_URL', 'http://[::1]:9000', 'publicUrl', 'http://[::1]:9000'],
      ['CAIRN_HOST', '::1', 'host', '::1'],
      ['CAIRN_HOST', '127.0.0.2', 'host', '127.0.0.2'],
      ['CAIRN_DATA_DIR', 'data', 'dataDir', '/srv/data'],
      ['CAIRN_DATA_DIR', '/var/lib/cairn', 'dataDir', '/var/lib/cairn'],
      [
        'CAIRN_DATABASE_URL',
        'postgresql://u:p@h:5/d?sslmode=require',
        'databaseUrl',
        'postgresql://u:p@h:5/d?sslmode=require',
      ],
      ['CAIRN_QUEUE_URL', 'rediss://h:6380/1', 'queueUrl', 'rediss://h:6380/1'],
      ['CAIRN_LOG_LEVEL', 'debug', 'logLevel', 'debug'],
      ['CAIRN_WORKER_PORT', '0', 'workerPort', 0],
    ])('reads %s=%s', (name, text, field, value) => {
      expect(loadConfig({ [name]: text }, '/srv')).toHaveProperty(field, value);
    });

    it('passes over variables of the command line and of other programs', () => {
      expect(problemsOf({ CAIRN_CLI_PROFILE: 'x', CAIRNS: 'y', PATH: '/bin' })).toBe('');
    });
  });

  describe('when a value is wrong', () => {
    it.each([
      ['CAIRN_ORIGIN', 'https://hub.example.org'],
      ['CAIRN_ORIGIN', 'hub+1.example.org'],
      ['CAIRN_ORIGIN', 'hub example'],
      ['CAIRN_ORIGIN', 'hüb.example.org'],
      ['CAIRN_PUBLIC_URL', 'ftp://hub.example.org'],
      ['CAIRN_PUBLIC_URL', 'https://hub.example.org/path'],
      ['CAIRN_PUBLIC_URL', 'https://user@hub.example.org'],
      ['CAIRN_PUBLIC_URL', 'https://hub.example.org/?'],
      ['CAIRN_PUBLIC_URL', 'hub.example.org'],
      ['CAIRN_PUBLIC_URL', 'http://hub.example.org'],
      ['CAIRN_PUBLIC_URL', 'http://10.0.0.1:8420'],
      ['CAIRN_PUBLIC_URL', 'http://0.0.0.0:8420'],
      ['CAIRN_PUBLIC_URL', 'http://localhost.example.org'],
      ['CAIRN_HOST', 'localhost'],
      ['CAIRN_HOST', '0.0.0.0:8420'],
      ['CAIRN_HOST', '[::]'],
      ['CAIRN_PORT', '0'],
      ['CAIRN_PORT', '65536'],
      ['CAIRN_PORT', '80a'],
      ['CAIRN_PORT', '-1'],
      ['CAIRN_PORT', '8420.0'],
      ['CAIRN_DATA_DIR', 'a\nb'],
      ['CAIRN_DATABASE_URL', 'mysql://h/d'],
      ['CAIRN_DATABASE_URL', 'postgres://h'],
      ['CAIRN_DATABASE_URL', 'postgres://h/d?options=-c%20search_path%3Dx'],
      ['CAIRN_QUEUE_URL', 'http://h'],
      ['CAIRN_OIDC_ISSUER', 'http://login.example.org'],
      ['CAIRN_OIDC_ISSUER', 'https://login.example.org/?a=b'],
      ['CAIRN_OIDC_ISSUER', 'https://user@login.example.org'],
      ['CAIRN_OIDC_CLIENT_ID', 'a b'],
      ['CAIRN_OIDC_CLIENT_SECRET', 'short'],
      ['CAIRN_OIDC_ACR', 'a b'],
      ['CAIRN_OIDC_ACR', 'a,,b'],
      ['CAIRN_OIDC_ACR', ',a'],
      ['CAIRN_OIDC_ACR', 'a,a'],
      ['CAIRN_SMTP_URL', 'mail.example.org'],
      ['CAIRN_SMTP_URL', 'https://mail.example.org'],
      ['CAIRN_SMTP_URL', 'smtp://'],
      ['CAIRN_SMTP_URL', 'smtp://u@mail.example.org'],
      ['CAIRN_SMTP_URL', 'smtp://u:p%@mail.example.org'],
      ['CAIRN_SMTP_URL', 'smtp://mail.example.org:0'],
      ['CAIRN_SMTP_URL', 'smtp://mail.example.org/x'],
      ['CAIRN_SMTP_URL', 'smtp://mail.example.org?tls=no'],
      ['CAIRN_MAIL_FROM', 'Hub <hub@example.org>'],
      ['CAIRN_MAIL_FROM', 'hub'],
      ['CAIRN_LOG_LEVEL', 'loud'],
      ['CAIRN_WORKER_CONCURRENCY', '0'],
      ['CAIRN_ERASURE_DELAY_HOURS', '21'],
    ])('refuses %s=%j, naming variable and rule', (name, text) => {
      expect(problemsOf({ [name]: text }).split('\n')).toContain(
        `${name} must be ${SETTINGS[name as 'CAIRN_PORT'].rule}`,
      );
    });

    it('shows no value, since it may be a secret', () => {
      expect(problemsOf({ CAIRN_DATABASE_URL: 'mysql://u:hunter2@h/d' })).not.toContain('hunter2');
    });

    it('names all problems at once', () => {
      expect(problemsOf({ CAIRN_PORT: 'x', CAIRN_LOG_LEVEL: 'y' }).split('\n')).toHaveLength(2);
    });
  });

  describe('when others are to reach the hub', () => {
    const url = { CAIRN_PUBLIC_URL: 'https://hub.example.org/' };
    const named = { ...url, CAIRN_ORIGIN: 'hub.example.org' };

    it('wants to know under which URL', () => {
      for (const host of ['0.0.0.0', '::', '192.168.1.5', '::ffff:192.168.1.5']) {
        expect(problemsOf({ CAIRN_HOST: host })).toContain('CAIRN_PUBLIC_URL must be set');
        expect(loadConfig({ ...named, CAIRN_HOST: host })).toMatchObject({
          host,
          publicUrl: 'https://hub.example.org',
        });
      }
    });

    it('takes the URL of this machine for all its addresses, as a container needs it', () => {
      const env = { CAIRN_HOST: '0.0.0.0', CAIRN_PUBLIC_URL: 'http://127.0.0.1:8420' };
      expect(loadConfig(env)).toMatchObject({ host: '0.0.0.0', origin: 'localhost:8420' });
    });

    it('does not found a log that is named after this machine', () => {
      expect(problemsOf(url)).toContain('CAIRN_ORIGIN must be set');
      expect(loadConfig(named)).toMatchObject({ origin: 'hub.example.org', host: '127.0.0.1' });
    });
  });

  describe('when an identity provider is set in part', () => {
    it('names what is missing', () => {
      expect(problemsOf({ CAIRN_OIDC_ISSUER: 'https://login.example.org' })).toBe(
        'CAIRN_OIDC_CLIENT_ID must be set with CAIRN_OIDC_ISSUER',
      );
      for (const name of ['CAIRN_OIDC_CLIENT_ID', 'CAIRN_OIDC_ACR'])
        expect(problemsOf({ [name]: 'hub' })).toBe(
          'CAIRN_OIDC_ISSUER must be set with the other CAIRN_OIDC settings',
        );
    });

    it('reads which logins are enough for staff', () => {
      const env = {
        CAIRN_OIDC_ISSUER: 'https://login.example.org',
        CAIRN_OIDC_CLIENT_ID: 'hub',
        CAIRN_OIDC_ACR: 'urn:example:phishing-resistant,2',
      };
      expect(loadConfig(env).oidcAcr).toEqual(['urn:example:phishing-resistant', '2']);
    });
  });

  describe('when the signer is set in part', () => {
    const secret = 's'.repeat(32);
    it('names what is missing or too much', () => {
      expect(problemsOf({ CAIRN_SIGNER_URL: 'https://signer.example.org' })).toBe(
        'CAIRN_SIGNER_SECRET must be set with CAIRN_SIGNER_URL and CAIRN_SIGNER_PORT',
      );
      expect(problemsOf({ CAIRN_SIGNER_SECRET: secret })).toBe(
        'CAIRN_SIGNER_URL or CAIRN_SIGNER_PORT must be set with CAIRN_SIGNER_SECRET',
      );
      const both = { CAIRN_SIGNER_URL: 'http://127.0.0.1:1', CAIRN_SIGNER_PORT: '1' };
      expect(problemsOf({ ...both, CAIRN_SIGNER_SECRET: secret })).toContain('CAIRN_SIGNER_PORT');
    });

    it('refuses a way that others can listen on, and a short secret', () => {
      const url = 'http://signer.example.org';
      expect(problemsOf({ CAIRN_SIGNER_URL: url, CAIRN_SIGNER_SECRET: secret })).toContain('https');
      expect(problemsOf({ CAIRN_SIGNER_PORT: '1', CAIRN_SIGNER_SECRET: 'short' })).toContain('32 to 512');
    });

    it('shows nothing of the secret', () => {
      const env = { CAIRN_SIGNER_PORT: '8421', CAIRN_SIGNER_SECRET: secret };
      expect(JSON.stringify(describeConfig(loadConfig(env), env))).not.toContain(secret);
    });
  });

  describe('when mail is set in part', () => {
    it('names what is missing', () => {
      expect(problemsOf({ CAIRN_SMTP_URL: 'smtps://mail.example.org' })).toBe(
        'CAIRN_MAIL_FROM must be set with CAIRN_SMTP_URL',
      );
      expect(problemsOf({ CAIRN_MAIL_FROM: 'hub@example.org' })).toBe(
        'CAIRN_SMTP_URL must be set with CAIRN_MAIL_FROM',
      );
    });
  });

  describe('when a variable is unknown', () => {
    it('refuses it and offers the nearest', () => {
      expect(problemsOf({ CAIRN_DATABSE_URL: 'postgres://h/d' })).toBe(
        'CAIRN_DATABSE_URL is not a setting; the nearest is CAIRN_DATABASE_URL',
      );
    });
  });

  describe('when requests to this machine are let out', () => {
    it('refuses that in production only', () => {
      const env = { CAIRN_OUTGOING_LOOPBACK: 'yes' };
      expect(loadConfig(env).outgoingLoopback).toBe(true);
      expect(problemsOf({ ...env, NODE_ENV: 'production' })).toContain('CAIRN_OUTGOING_LOOPBACK');
      expect(loadConfig({ CAIRN_OUTGOING_LOOPBACK: 'no', NODE_ENV: 'production' }).outgoingLoopback).toBe(
        false,
      );
      expect(problemsOf({ CAIRN_OUTGOING_LOOPBACK: '1' })).toContain('yes or no');
    });
  });

  describe('when fault points are set', () => {
    it('honours them in tests only', () => {
      expect(problemsOf({ CAIRN_FAULT_POINTS: 'decide:after-commit=3' })).toContain('NODE_ENV=test');
      const env = { NODE_ENV: 'test', CAIRN_FAULT_POINTS: 'decide:after-commit=3' };
      expect(loadConfig(env).faultPoints).toBe('decide:after-commit=3');
      expect(problemsOf({ ...env, CAIRN_FAULT_POINTS: 'decide' })).toContain('name=count');
    });
  });
});

describe('requireIdentityProvider', () => {
  const problem = (env: Record<string, string>): string => {
    try {
      requireIdentityProvider(loadConfig(env));
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('lets a hub on loopback do without', () => {
    expect(problem({})).toBe('');
    expect(problem({ CAIRN_PUBLIC_URL: 'http://localhost:9000' })).toBe('');
  });

  it.each([
    [{ NODE_ENV: 'production' }, 'NODE_ENV is production'],
    [
      { CAIRN_PUBLIC_URL: 'https://hub.example.org', CAIRN_ORIGIN: 'hub.example.org' },
      'CAIRN_PUBLIC_URL is not on loopback',
    ],
    [
      { CAIRN_PUBLIC_URL: 'https://127.0.0.1.example.org', CAIRN_ORIGIN: 'hub.example.org' },
      'CAIRN_PUBLIC_URL is not on loopback',
    ],
  ])('asks for one with %j', (env, why) => {
    expect(problem(env)).toContain(`CAIRN_OIDC_ISSUER must be set when ${why}`);
    const provider = { CAIRN_OIDC_ISSUER: 'https://login.example.org', CAIRN_OIDC_CLIENT_ID: 'hub' };
    expect(problem({ ...env, ...provider })).toBe('');
  });
});

describe('describeConfig', () => {
  it('shows every setting and where it comes from', () => {
    const env = { CAIRN_PORT: '9000' };
    const shown = describeConfig(loadConfig(env), env);
    expect(shown.map(({ name }) => name)).toEqual(Object.keys(SETTINGS));
    expect(shown.find(({ name }) => name === 'CAIRN_PORT')).toMatchObject({
      value: '9000',
      from: 'environment',
    });
    expect(shown.find(({ name }) => name === 'CAIRN_ORIGIN')).toMatchObject({
      value: 'localhost:9000',
      from: 'default',
    });
  });

  it('shows nothing of a secret that is no URL', () => {
    const env = {
      CAIRN_OIDC_ISSUER: 'https://login.example.org',
      CAIRN_OIDC_CLIENT_ID: 'hub',
      CAIRN_OIDC_CLIENT_SECRET: 'http:hunter2',
    };
    const shown = describeConfig(loadConfig(env), env);
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(shown.find(({ name }) => name === 'CAIRN_OIDC_CLIENT_SECRET')?.value).toBe('***');
  });

  it('shows neither user nor password of a mail server', () => {
    const env = {
      CAIRN_SMTP_URL: 'smtps://key-1234:hunter2@mail.example.org:2465',
      CAIRN_MAIL_FROM: 'hub@example.org',
    };
    const shown = describeConfig(loadConfig(env), env);
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|key-1234/);
    expect(shown.find(({ name }) => name === 'CAIRN_SMTP_URL')?.value).toBe(
      'smtps://***:***@mail.example.org:2465',
    );
  });

  it('shows no password', () => {
    const env = {
      CAIRN_DATABASE_URL: 'postgres://admin:hunter2@db/cairn?sslpassword=hunter2&sslmode=require',
      CAIRN_QUEUE_URL: 'redis://:hunter2@queue:6379/0',
    };
    const text = JSON.stringify(describeConfig(loadConfig(env), env));
    expect(text).not.toContain('hunter2');
    expect(text).toContain('postgres://admin:***@db/cairn');
  });
});

describe('maskUrl', () => {
  it('hides a text that is no URL altogether', () => {
    expect(maskUrl('hunter2')).toBe('***');
    expect(maskUrl('')).toBe('');
  });
});

describe('nearest', () => {
  it('finds a name with one letter changed, missing or added', () => {
    const names = Object.keys(SETTINGS);
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.nat(),
        fc.constantFrom('', 'X', 'XY'),
        (name, seed, letter) => {
          const at = seed % name.length;
          return nearest(name.slice(0, at) + letter + name.slice(at + 1), names) === name;
        },
      ),
    );
  });
});
