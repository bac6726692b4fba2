import { mkdtempSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runDirectory } from '#test/run-directory';
import { explainFailure, lastErrors, openServerLog } from './server-log.js';

describe('openServerLog', () => {
  it('shows what the server wrote since it was opened', () => {
    const directory = mkdtempSync(join(runDirectory(), 'log-'));
    writeFileSync(join(directory, 'server.log'), 'before\n');
    const log = openServerLog(directory);
    writeSync(log.descriptor, 'after\n');
    expect(log.text()).toBe('after\n');
    log.close();
  });

  it('puts a long log aside', () => {
    const directory = mkdtempSync(join(runDirectory(), 'log-'));
    writeFileSync(join(directory, 'server.log'), Buffer.alloc(5 * 1024 * 1024));
    openServerLog(directory).close();
    expect(statSync(join(directory, 'server.log')).size).toBe(0);
    expect(statSync(join(directory, 'server.log.old')).size).toBe(5 * 1024 * 1024);
  });
});

describe('explainFailure', () => {
  it.each([
    ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', 'port-busy'],
    ['FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use', 'backends-remain'],
    ['FATAL:  lock file "postmaster.pid" already exists', 'backends-remain'],
    ['FATAL:  data directory has wrong ownership', 'other'],
  ])('reads %j', (text, failure) => {
    expect(explainFailure(text)).toBe(failure);
  });
});

describe('lastErrors', () => {
  it('keeps the lines that name an error', () => {
    expect(lastErrors('LOG: one\nFATAL: two\nLOG: three\n')).toBe('FATAL: two');
    expect(lastErrors('')).toBe('no reason in its log');
  });
});
