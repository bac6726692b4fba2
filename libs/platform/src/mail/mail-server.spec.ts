import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readMailServer } from './mail-server.js';

describe('readMailServer', () => {
  it.each([
    ['smtp://mail.example.org', { host: 'mail.example.org', port: 587, tls: 'starttls', login: null }],
    ['smtps://mail.example.org/', { host: 'mail.example.org', port: 465, tls: 'implicit', login: null }],
    ['smtp://127.0.0.1:2525', { host: '127.0.0.1', port: 2525, tls: 'none', login: null }],
    ['smtp://localhost', { host: 'localhost', port: 587, tls: 'none', login: null }],
    ['smtp://[::1]:25', { host: '::1', port: 25, tls: 'none', login: null }],
    ['smtp://localhost.example.org', { tls: 'starttls' }],
    ['smtps://localhost', { tls: 'implicit' }],
    ['smtp://10.0.0.5', { host: '10.0.0.5', tls: 'starttls' }],
  ])('reads %s', (text, server) => {
    expect(readMailServer(text)).toMatchObject(server);
  });

  it.each([
    '',
    'mail.example.org',
    'smtp:mail.example.org',
    'smtp://',
    'http://mail.example.org',
    'smtp://mail.example.org:0',
    'smtp://mail.example.org:70000',
    'smtp://mail.example.org/path',
    'smtp://mail.example.org?a=b',
    'smtp://mail.example.org#a',
    'smtp://u@mail.example.org',
    'smtp://:p@mail.example.org',
    'smtp://u:%00@mail.example.org',
    'smtp://u:%E0%A4%A@mail.example.org',
    'smtp://mail%0d.example.org',
    'smtp://-mail.example.org',
    'smtp://mail example.org',
  ])('refuses %j', (text) => {
    expect(readMailServer(text)).toBeNull();
  });

  it('gives user and password back as they were, whatever they are', () => {
    const printable = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => !/[\x00-\x1f\x7f]/.test(text));
    fc.assert(
      fc.property(printable, printable, (user, password) => {
        const url = `smtps://${encodeURIComponent(user)}:${encodeURIComponent(password)}@mail.example.org`;
        expect(readMailServer(url)?.login).toEqual({ user, password });
      }),
    );
  });

  it('never throws', () => {
    const near = fc.tuple(fc.constantFrom('smtp://', 'smtps://', ''), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(near, ([scheme, rest]) => {
        const server = readMailServer(scheme + rest);
        expect(server === null || (server.port > 0 && server.host !== '')).toBe(true);
      }),
    );
  });
});
