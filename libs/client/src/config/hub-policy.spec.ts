import { describe, expect, it } from '@jest/globals';
import { deriveCheckpointKey } from '#libs/keys';
import { formatVerifierKey, NOTE_SIGNATURE, verifierKey } from '#libs/tlog';
import { readHubPolicy } from './hub-policy.js';

const line = (name: string, url = ''): string => {
  const { publicKey } = deriveCheckpointKey(new Uint8Array(32), name);
  return `log ${formatVerifierKey(verifierKey(name, NOTE_SIGNATURE, publicKey))}${url && ` ${url}`}\n`;
};
const read = (text: string, allowHttp = false) => readHubPolicy(Buffer.from(text), 'policy', { allowHttp });

describe('readHubPolicy', () => {
  it('finds hub, URL and feeds', () => {
    const text =
      line('hub.example/log', 'https://hub.example') +
      line('hub.example/feed/tvec', 'https://hub.example') +
      line('hub.example/feed/csam', 'https://hub.example') +
      line('other.example/feed/csam') +
      'quorum none\n';
    expect(read(text)).toMatchObject({
      origin: 'hub.example',
      baseUrl: 'https://hub.example',
      feeds: ['csam', 'tvec'],
    });
  });

  it.each([
    ['https://hub.example/', 'https://hub.example'],
    ['https://hub.example/log', 'https://hub.example'],
    ['https://hub.example/log/', 'https://hub.example'],
    ['https://hub.example/cairn', 'https://hub.example/cairn'],
    ['http://127.0.0.1:8420', 'http://127.0.0.1:8420'],
    ['http://localhost:8420', 'http://localhost:8420'],
    ['http://[::1]:8420', 'http://[::1]:8420'],
  ])('takes %s for the hub at %s', (url, baseUrl) => {
    expect(read(`${line('hub.example/log', url)}quorum none\n`).baseUrl).toBe(baseUrl);
  });

  it.each([
    'http://hub.example',
    'http://127.0.0.1.evil.example',
    'ftp://hub.example',
    'https://user:pw@hub.example',
    'https://hub.example/?a',
    'https://hub.example/#a',
    'nowhere',
    '',
  ])('refuses the URL %j', (url) => {
    expect(() => read(`${line('hub.example/log', url)}quorum none\n`)).toThrow(
      expect.objectContaining({ code: 'POLICY_INVALID' }),
    );
  });

  it('accepts a hub without TLS only when told to', () => {
    expect(read(`${line('hub.example/log', 'http://hub:8420')}quorum none\n`, true).baseUrl).toBe(
      'http://hub:8420',
    );
  });

  it.each([
    ['no log', 'quorum none\n'],
    ['two hubs', `${line('a.example/log', 'https://a')}${line('b.example/log', 'https://b')}quorum none\n`],
    ['no quorum', line('hub.example/log', 'https://hub.example')],
    ['a name that is no hub', `${line('Hub_Example/log', 'https://hub.example')}quorum none\n`],
  ])('refuses a policy with %s', (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }));
  });
});
