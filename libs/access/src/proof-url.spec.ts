import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normaliseProofUrl } from './proof-url.js';

const letter = fc.constantFrom(...'abcxyz019-._~');
const word = fc.string({ unit: letter, minLength: 1, maxLength: 8 }).filter((text) => !/^\.+$/.test(text));
const label = fc.string({ unit: fc.constantFrom(...'abcxyz'), minLength: 1, maxLength: 8 });

/** A URL in its normal form. */
const plain = fc
  .record({
    scheme: fc.constantFrom('http', 'https'),
    host: fc.oneof(
      fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.')),
      fc.constantFrom('127.0.0.1', '[::1]', '[2001:db8::1]'),
    ),
    port: fc.option(fc.integer({ min: 1, max: 65_535 }).filter((port) => ![80, 443].includes(port))),
    path: fc.array(word, { minLength: 1, maxLength: 4 }),
  })
  .map(({ scheme, host, port, path }) => ({ scheme, host, port, path: `/${path.join('/')}` }));

type Plain = typeof plain extends fc.Arbitrary<infer T> ? T : never;

const write = ({ scheme, host, port, path }: Plain): string =>
  `${scheme}://${host}${port === null ? '' : `:${port}`}${path}`;

/** The same URL in another spelling (RFC 3986 §6.2.2, §6.2.3). */
const respelled = (url: Plain): fc.Arbitrary<string> =>
  fc
    .record({
      capitals: fc.boolean(),
      defaultPort: fc.constantFrom('', ':', url.scheme === 'https' ? ':443' : ':80'),
      encode: fc.array(fc.nat(), { maxLength: 4 }),
      lower: fc.boolean(),
      dots: fc.constantFrom('', '/.', '/x/..', '/%2e', '/x/%2E%2e'),
      query: fc.constantFrom('', '?', '?a=b', '?a=/../b'),
      fragment: fc.constantFrom('', '#', '#x?y'),
    })
    .map(({ capitals, defaultPort, encode, lower, dots, query, fragment }) => {
      const authority = url.host + (url.port === null ? defaultPort : `:${url.port}`);
      const start = `${url.scheme}://${authority}`;
      const places = new Set(encode.map((at) => at % url.path.length));
      const path = [...url.path]
        .map((character, i) => (places.has(i) && character !== '/' ? percent(character, lower) : character))
        .join('');
      return `${capitals ? start.toUpperCase() : start}${dots}${path}${query}${fragment}`;
    });

function percent(character: string, lower: boolean): string {
  const octet = `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return lower ? octet : octet.toUpperCase();
}

describe('normaliseProofUrl', () => {
  it('leaves a URL in its normal form as it is', () => {
    fc.assert(fc.property(plain, (url) => normaliseProofUrl(write(url)) === write(url)));
  });

  it('gives every spelling of a URL the same form', () => {
    fc.assert(
      fc.property(
        plain.chain((url) => fc.tuple(fc.constant(url), respelled(url))),
        ([url, text]) => expect(normaliseProofUrl(text)).toBe(write(url)),
      ),
    );
  });

  it('keeps different URLs apart', () => {
    fc.assert(
      fc.property(
        plain.chain((url) => fc.tuple(fc.constant(url), respelled(url))),
        plain.chain((url) => fc.tuple(fc.constant(url), respelled(url))),
        ([one, a], [other, b]) =>
          (normaliseProofUrl(a) === normaliseProofUrl(b)) === (write(one) === write(other)),
      ),
    );
  });

  it('is done once for all, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl(),
          fc.string(),
          fc.string().map((s) => `http://h/${s}`),
        ),
        (text) => {
          const normal = normaliseProofUrl(text);
          return normal === null || normaliseProofUrl(normal) === normal;
        },
      ),
    );
  });

  it.each([
    ['http://h/%2f', 'http://h/%2F'],
    ['http://h/%7Ea', 'http://h/~a'],
    ['http://h', 'http://h/'],
    ['http://h//graphql', 'http://h//graphql'],
    ['http://h:0443/', 'http://h:443/'],
    ['http://[2001:DB8:0::1]/', 'http://[2001:db8::1]/'],
  ])('writes %s as %s', (text, normal) => {
    expect(normaliseProofUrl(text)).toBe(normal);
  });

  it.each([
    ['no URL', 'graphql'],
    ['nothing', ''],
    ['another scheme', 'ftp://h/graphql'],
    ['no slashes', 'https:h/graphql'],
    ['one slash', 'https:/h/graphql'],
    ['back slashes', 'https:\\\\h\\graphql'],
    ['a user', 'https://user@h/graphql'],
    ['a user and a password', 'https://h:1@evil/graphql'],
    ['no host', 'https:///graphql'],
    ['an encoded host', 'https://%68/graphql'],
    ['a number as host', 'https://2130706433/graphql'],
    ['a short address as host', 'https://127.1/graphql'],
    ['a host in another script', 'https://hüb/graphql'],
    ['white space before it', ' https://h/graphql'],
    ['a line feed in it', 'https://h/graph\nql'],
    ['a tab in it', 'https://h/\tgraphql'],
    ['half an octet', 'https://h/%2'],
    ['no octet', 'https://h/%zz'],
    ['a port that is none', 'https://h:65536/'],
    ['a port that is no number', 'https://h:x/'],
  ])('refuses %s', (_name, text) => {
    expect(normaliseProofUrl(text)).toBeNull();
  });
});
