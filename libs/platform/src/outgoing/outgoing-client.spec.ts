import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../process/timing.js';
import { OutgoingClient, type Address } from './outgoing-client.js';

const addressesOf = (...addresses: string[]): (() => Promise<Address[]>) => {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return () => Promise.resolve(found);
};

describe('OutgoingClient', () => {
  describe('when the URL is not that of a host on the Internet', () => {
    const client = new OutgoingClient({ allowLoopback: false, resolve: addressesOf('8.8.8.8') });
    it.each([
      'http://example.org/',
      'ftp://example.org/',
      'file:///etc/passwd',
      'data:text/plain,hi',
      'example.org',
      '',
      'https://',
      'https://example.org:8443/',
      'https://user@example.org/',
      'https://user:secret@example.org/',
      'https://example.org/#part',
      'https://127.0.0.1/',
      'https://8.8.8.8/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://0177.0.0.1/',
      'https://127.1/',
      'https://169.254.169.254/latest/meta-data/',
      'https://[::1]/',
      'https://[::ffff:127.0.0.1]/',
      'https://[fd00:ec2::254]/',
      'https://１２７.0.0.1/',
    ])('refuses %s', async (url) => {
      expect(await client.get(url)).toMatchObject({ ok: false, code: 'BAD_URL' });
    });
  });

  describe('when a name leads to an address that is not public', () => {
    it.each([
      ['127.0.0.1'],
      ['127.8.9.10'],
      ['0.0.0.0'],
      ['10.0.0.1'],
      ['172.16.0.1'],
      ['192.168.1.1'],
      ['100.64.0.1'],
      ['169.254.169.254'],
      ['198.18.0.1'],
      ['192.0.2.1'],
      ['224.0.0.1'],
      ['240.0.0.1'],
      ['255.255.255.255'],
      ['::'],
      ['::1'],
      ['fe80::1'],
      ['fc00::1'],
      ['fd00:ec2::254'],
      ['ff02::1'],
      ['2001:db8::1'],
      ['::ffff:127.0.0.1'],
      ['::ffff:8.8.8.8'],
      ['64:ff9b::7f00:1'],
      ['2002:7f00:1::'],
      ['2001::1'],
      ['8.8.8.8', '10.0.0.1'],
      ['not an address'],
    ])('refuses %s %s', async (...addresses) => {
      const client = new OutgoingClient({ allowLoopback: false, resolve: addressesOf(...addresses) });
      expect(await client.get('https://example.org/')).toMatchObject({
        ok: false,
        code: 'ADDRESS_NOT_PUBLIC',
      });
    });

    it('refuses localhost by whatever the system says of it', async () => {
      const client = new OutgoingClient({ allowLoopback: false });
      expect(await client.get('https://localhost/')).toMatchObject({ ok: false, code: 'ADDRESS_NOT_PUBLIC' });
    });
  });

  describe('when a name leads nowhere', () => {
    it('says so', async () => {
      for (const resolve of [addressesOf(), () => Promise.reject(new Error('ENOTFOUND'))]) {
        const client = new OutgoingClient({ allowLoopback: false, resolve });
        expect(await client.get('https://example.org/')).toMatchObject({ ok: false, code: 'NAME_NOT_FOUND' });
      }
    });
  });

  describe('when the host answers', () => {
    let server: Server;
    let port: number;
    let closed = 0;
    const hosts: string[] = [];
    const paths: string[] = [];

    beforeAll(async () => {
      server = createServer((request, response) => {
        hosts.push(request.headers.host!);
        paths.push(request.url!);
        response.on('close', () => closed++);
        switch (request.url) {
          case '/challenge':
            return void response.writeHead(200, { 'content-type': 'Text/Plain; charset=utf-8' }).end('token');
          case '/absent':
            return void response.writeHead(404).end('no');
          case '/moved':
            return void response.writeHead(302, { location: '/challenge' }).end();
          case '/endless':
            return void setInterval(() => response.write('x'.repeat(10_000)), 1).unref();
          case '/trickle':
            return void setInterval(() => response.write('x'), 20).unref();
          case '/cut':
            return void response
              .writeHead(200, { 'content-length': 100 })
              .write('x', () => response.destroy());
          default:
            return undefined;
        }
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });

    const client = (more: object = {}) =>
      new OutgoingClient({ allowLoopback: true, resolve: addressesOf('127.0.0.1'), ...more });

    it('gives status, type and body, whatever the status but a redirect', async () => {
      const found = await client().get(`http://member.example:${port}/challenge`);
      expect(found).toEqual({ ok: true, status: 200, type: 'text/plain', body: Buffer.from('token') });
      expect(await client().get(`http://member.example:${port}/absent`)).toMatchObject({
        status: 404,
        type: '',
      });
      expect(hosts[0]).toBe(`member.example:${port}`);
    });

    it('goes to the address that was checked, though the name leads elsewhere a moment later', async () => {
      let lookups = 0;
      // Were it looked up again, the second answer would let nobody connect.
      const resolve = () => addressesOf(lookups++ === 0 ? '127.0.0.1' : '10.255.255.1')();
      expect(await client({ resolve }).get(`http://flips.example:${port}/challenge`)).toMatchObject({
        ok: true,
      });
      expect(lookups).toBe(1);
    });

    it('refuses another private address even where loopback is allowed', async () => {
      const resolve = addressesOf('127.0.0.1', '192.168.0.1');
      const refused = await client({ resolve }).get(`http://member.example:${port}/challenge`);
      expect(refused).toMatchObject({ code: 'ADDRESS_NOT_PUBLIC' });
    });

    it('follows no redirect', async () => {
      paths.length = 0;
      expect(await client().get(`http://member.example:${port}/moved`)).toMatchObject({ code: 'REDIRECTED' });
      expect(paths).toEqual(['/moved']);
    });

    it('leaves an endless body', async () => {
      const before = closed;
      const answer = await client({ maxBytes: 25_000 }).get(`http://member.example:${port}/endless`);
      expect(answer).toEqual({ ok: false, code: 'TOO_LARGE', rule: 'must be at most 25000 bytes' });
      expect(await until(() => closed > before, 5_000)).toBe(true);
    });

    it('waits neither for a trickle, nor for silence, nor for a resolver', async () => {
      for (const path of ['trickle', 'silence']) {
        const answer = await client({ timeoutMs: 150 }).get(`http://member.example:${port}/${path}`);
        expect(answer).toMatchObject({ code: 'TOO_SLOW' });
      }
      const never = client({ timeoutMs: 50, resolve: () => new Promise(() => undefined) });
      expect(await never.get(`http://member.example:${port}/`)).toMatchObject({ code: 'TOO_SLOW' });
    });

    it('says when no connection holds', async () => {
      expect(await client().get(`http://member.example:${port}/cut`)).toMatchObject({ code: 'UNREACHABLE' });
      expect(await client().get(`https://member.example:${port}/`)).toMatchObject({ code: 'UNREACHABLE' });
    });
  });
});
