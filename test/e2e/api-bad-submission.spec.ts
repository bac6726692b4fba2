import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateSigningKey, signCompactJws, type SigningKey } from '#libs/keys';
import { LIMITS, MANIFEST_TYP } from '#libs/protocol';
import {
  answered,
  assertion,
  countStored,
  ndjson,
  randomValue,
  SUBMIT,
  startWithSubmitters,
  type TestHub,
  type TestMember,
} from './api-hub.js';
import { changePayload, changeSignature, detached, withHeader } from './api-tampering.js';

let hub: TestHub;
let alice: TestMember;
let silent: TestMember;
beforeAll(async () => {
  ({ hub, alice, silent } = await startWithSubmitters());
});
afterAll(() => hub?.close());

describe('a bad submission', () => {
  const value = randomValue();
  const good = assertion('sha256', value);
  interface Case {
    code: string;
    field: string;
    line?: number;
    entries?: object[];
    text?: string;
    change?: (claims: Record<string, unknown>) => object;
    manifest?: (manifest: string) => string | Promise<string>;
  }
  const line = (change: object, more: Partial<Case> = {}): Partial<Case> => ({
    entries: [assertion('sha256', randomValue()), { ...good, ...change }],
    line: 1,
    ...more,
  });
  const cases: [string, Case][] = [
    [
      'another audience',
      { code: 'WRONG_AUDIENCE', field: 'manifest.aud', change: () => ({ aud: 'other.test' }) },
    ],
    [
      'the name of another member',
      { code: 'WRONG_ISSUER', field: 'manifest.iss', change: () => ({ iss: 'silent' }) },
    ],
    [
      'an unknown channel',
      { code: 'UNKNOWN_CHANNEL', field: 'manifest.channel', change: () => ({ channel: 'nothing' }) },
    ],
    [
      'a channel it may only receive',
      { code: 'NO_RIGHT_TO_SUBMIT', field: 'manifest.channel', change: () => ({ channel: 'tvec' }) },
    ],
    [
      'a manifest from the future',
      { code: 'FUTURE_MANIFEST', field: 'manifest.iat', change: ({ iat }) => ({ iat: Number(iat) + 600 }) },
    ],
    [
      'a manifest of last year',
      {
        code: 'STALE_MANIFEST',
        field: 'manifest.iat',
        change: ({ iat }) => ({ iat: Number(iat) - 365 * 86_400 }),
      },
    ],
    ['another count', { code: 'COUNT_MISMATCH', field: 'manifest.count', change: () => ({ count: 2 }) }],
    [
      'another root',
      { code: 'ROOT_MISMATCH', field: 'manifest.root', change: () => ({ root: '00'.repeat(32) }) },
    ],
    [
      'a root in upper case',
      {
        code: 'BAD_FIELD',
        field: 'manifest.root',
        change: ({ root }) => ({ root: String(root).toUpperCase() }),
      },
    ],
    ['a jti that is no UUID', { code: 'BAD_FIELD', field: 'manifest.jti', change: () => ({ jti: '1' }) }],
    [
      'a field it does not know',
      { code: 'UNKNOWN_FIELD', field: 'manifest.foo', change: () => ({ foo: 1 }) },
    ],
    [
      'a field too few',
      { code: 'MISSING_FIELD', field: 'manifest.head', change: () => ({ head: undefined }) },
    ],
    [
      'another attribution',
      { code: 'BAD_FIELD', field: 'manifest.attribution', change: () => ({ attribution: 'secret' }) },
    ],
    ['a padded token', { code: 'MALFORMED_JWS', field: 'manifest', manifest: (m) => `${m}==` }],
    ['a line feed behind the token', { code: 'MALFORMED_JWS', field: 'manifest', manifest: (m) => `${m}\n` }],
    ['a space before the token', { code: 'MALFORMED_JWS', field: 'manifest', manifest: (m) => ` ${m}` }],
    [
      'a token in JSON',
      { code: 'MALFORMED_JWS', field: 'manifest', manifest: (m) => JSON.stringify({ token: m }) },
    ],
    ['a detached payload', { code: 'BAD_SIGNATURE', field: 'manifest', manifest: (m) => detached(m) }],
    [
      'a changed signature',
      { code: 'BAD_SIGNATURE', field: 'manifest', manifest: (m) => changeSignature(m) },
    ],
    ['a changed payload', { code: 'BAD_SIGNATURE', field: 'manifest', manifest: (m) => changePayload(m) }],
    ['alg none', { code: 'WRONG_ALG', field: 'manifest', manifest: (m) => withHeader(m, { alg: 'none' }) }],
    ['HS256', { code: 'WRONG_ALG', field: 'manifest', manifest: (m) => withHeader(m, { alg: 'HS256' }) }],
    [
      'the algorithm of another key',
      { code: 'WRONG_ALG', field: 'manifest', manifest: (m) => withHeader(m, { alg: 'Ed25519' }) },
    ],
    [
      'a key in the header',
      { code: 'FORBIDDEN_HEADER', field: 'manifest', manifest: (m) => withHeader(m, { jwk: {} }) },
    ],
    [
      'a critical extension',
      { code: 'FORBIDDEN_HEADER', field: 'manifest', manifest: (m) => withHeader(m, { crit: ['b64'] }) },
    ],
    [
      'another type',
      { code: 'WRONG_TYP', field: 'manifest', manifest: (m) => withHeader(m, { typ: 'JWT' }) },
    ],
    [
      'no kid',
      { code: 'INVALID_HEADER', field: 'manifest', manifest: (m) => withHeader(m, { kid: undefined }) },
    ],
    [
      'an unknown key',
      {
        code: 'UNKNOWN_KEY',
        field: 'manifest',
        manifest: (m) => withHeader(m, { kid: generateSigningKey().publicKey.kid }),
      },
    ],
    [
      'kid as a path',
      { code: 'UNKNOWN_KEY', field: 'manifest', manifest: (m) => withHeader(m, { kid: '../../dev/null' }) },
    ],
    [
      'duplicate names in the manifest',
      {
        code: 'INVALID_PAYLOAD',
        field: 'manifest',
        manifest: (m) => resigned(m, (p) => p.replace('{', '{"iss":"x",')),
      },
    ],
    [
      'a fraction in the manifest',
      {
        code: 'INVALID_PAYLOAD',
        field: 'manifest',
        manifest: (m) => resigned(m, (p) => p.replace(/"count":\d+/, '"count":1.0')),
      },
    ],
    [
      'a signature of the auth key',
      {
        code: 'UNKNOWN_KEY',
        field: 'manifest',
        manifest: (m) =>
          resigned(
            m,
            (p) => p,
            () => alice.auth,
          ),
      },
    ],
    ['no last LF', { code: 'BAD_FRAMING', field: 'entries', line: 0, text: JSON.stringify(good) }],
    ['CR before LF', { code: 'BAD_FRAMING', field: 'entries', line: 0, text: `${JSON.stringify(good)}\r\n` }],
    ['an empty line', { code: 'BAD_FRAMING', field: 'entries', line: 1, text: `${ndjson([good])}\n` }],
    [
      'a byte order mark',
      { code: 'BAD_FRAMING', field: 'entries', line: 0, text: `\uFEFF${ndjson([good])}` },
    ],
    ['nothing', { code: 'BAD_FRAMING', field: 'entries', text: '' }],
    [
      'too many entries',
      {
        code: 'TOO_MANY_ENTRIES',
        field: 'entries',
        text: '{}\n'.repeat(LIMITS.entries + 1),
        change: () => ({ count: 10_000 }),
      },
    ],
    ['too many bytes', { code: 'TOO_LARGE', field: 'entries', text: `${'x'.repeat(LIMITS.entriesBytes)}\n` }],
    [
      'a line that is too long',
      { code: 'BAD_FRAMING', field: 'entries', line: 0, text: `${'x'.repeat(LIMITS.lineBytes + 1)}\n` },
    ],
    ['a line that is no JSON', { code: 'MALFORMED_JSON', field: 'entry', line: 0, text: 'x\n' }],
    [
      'duplicate names in an entry',
      {
        code: 'MALFORMED_JSON',
        field: 'entry',
        line: 0,
        text: ndjson([good]).replace('{', '{"op":"assert",'),
      },
    ],
    [
      'a lone surrogate',
      { code: 'MALFORMED_JSON', field: 'entry', line: 0, text: ndjson([good]).replace('"op"', '"\\ud800"') },
    ],
    ['an array for an entry', { code: 'BAD_FIELD', field: 'entry', line: 0, text: '[]\n' }],
    ['an unknown operation', { code: 'UNKNOWN_OPERATION', field: 'op', ...line({ op: 'bless' }) }],
    [
      'an operation that is not enabled',
      { code: 'OPERATION_NOT_ENABLED', field: 'op', ...line({ op: 'dispute' }) },
    ],
    ['an unknown type', { code: 'UNKNOWN_TYPE', field: 'type', ...line({ type: 'crc32' }) }],
    [
      'a type that is not of the channel',
      { code: 'TYPE_NOT_IN_CHANNEL', field: 'type', ...line({ type: 'sha1', value: value.slice(0, 40) }) },
    ],
    [
      'a value in upper case',
      { code: 'BAD_VALUE', field: 'value', ...line({ value: `AB${value.slice(2)}` }) },
    ],
    ['a value that is too short', { code: 'BAD_VALUE', field: 'value', ...line({ value: value.slice(2) }) }],
    ['a value that is no text', { code: 'BAD_VALUE', field: 'value', ...line({ value: 7 }) }],
    ['no salt', { code: 'MISSING_FIELD', field: 'salt', ...line({ salt: undefined }) }],
    ['an unknown label', { code: 'UNKNOWN_LABEL', field: 'labels', ...line({ labels: ['other'] }) }],
    [
      'labels out of order',
      { code: 'BAD_FIELD', field: 'labels', ...line({ labels: ['grooming', 'csam'] }) },
    ],
    ['a quality where there is none', { code: 'BAD_FIELD', field: 'quality', ...line({ quality: 7 }) }],
    [
      'a day that does not exist',
      { code: 'BAD_FIELD', field: 'expires', ...line({ expires: '2027-02-30' }) },
    ],
    [
      'a field of an entry it does not know',
      { code: 'UNKNOWN_FIELD', field: 'note', ...line({ note: 'x' }) },
    ],
  ];

  it.each(cases)('with %s is refused by field and rule, and leaves nothing behind', async (_name, given) => {
    const text = given.text ?? ndjson(given.entries ?? [good]);
    const claims = framed(text);
    const change = JSON.parse(JSON.stringify(given.change?.(claims) ?? {})) as object;
    const removed = Object.keys(given.change?.(claims) ?? {}).filter((name) => !(name in change));
    const payload = { ...claims, ...change };
    for (const name of removed) delete (payload as Record<string, unknown>)[name];
    const signed = await signCompactJws({ typ: MANIFEST_TYP, key: alice.signing, payload });
    const before = await countStored(hub);
    const answer = await hub.send(alice, (await given.manifest?.(signed)) ?? signed, text);
    const refused = answered(answer);
    expect(refused).toEqual({
      __typename: 'SubmissionRefused',
      code: given.code,
      field: given.field,
      rule: expect.any(String),
      message: `${given.field}: ${refused.rule}`,
      line: given.line ?? null,
    });
    if (given.field === 'manifest') {
      expect(refused.rule).toMatch(/^(token|header|payload|signature) ([a-z]+ )?must /);
    }
    expect(JSON.stringify(answer.body)).not.toContain(value);
    expect(await countStored(hub)).toEqual(before);
    expect(hub.log.join('')).not.toContain(value);
  });

  it('with a changed signature is refused in words that name each part once', async () => {
    const text = ndjson([good]);
    const manifest = changeSignature(await hub.manifest(alice, 'csam', text));
    expect(answered(await hub.send(alice, manifest, text))).toMatchObject({
      field: 'manifest',
      rule: 'signature must verify with the key',
      message: 'manifest: signature must verify with the key',
    });
  });

  describe('when its jti is known', () => {
    const known = async () => {
      const text = ndjson([assertion('sha256', randomValue()), assertion('sha256', randomValue())]);
      const manifest = await hub.manifest(alice, 'csam', text);
      const receipt = answered(await hub.send(alice, manifest, text));
      return { text, manifest, receipt };
    };
    const other = ndjson([assertion('sha256', randomValue()), assertion('sha256', randomValue())]);
    const [first, second] = other.split('\n') as [string, string];

    it.each([
      ['other lines', other, { code: 'ROOT_MISMATCH', field: 'manifest.root', line: null }],
      ['a line fewer', `${first}\n`, { code: 'COUNT_MISMATCH', field: 'manifest.count', line: null }],
      ['lines that are no JSON', 'x\nx\n', { code: 'ROOT_MISMATCH', field: 'manifest.root', line: null }],
      ['no last LF', `${first}\n${second}`, { code: 'BAD_FRAMING', field: 'entries', line: 1 }],
      ['no lines', '', { code: 'BAD_FRAMING', field: 'entries', line: null }],
    ])('is refused with its manifest and %s, as if it were new', async (_name, text, refusal) => {
      const { manifest, receipt, text: lines } = await known();
      const before = await countStored(hub);
      expect(answered(await hub.send(alice, manifest, text))).toMatchObject({
        __typename: 'SubmissionRefused',
        ...refusal,
      });
      expect(await countStored(hub)).toEqual(before);
      expect(answered(await hub.send(alice, manifest, lines))).toEqual(receipt);
    });

    it.each([
      ['lines of its own', {}, other],
      ['lines that are not its own', { count: 7, root: '00'.repeat(32) }, other],
      ['lines that are no lines', {}, 'x'],
    ])('is refused with another manifest and %s', async (_name, change, text) => {
      const { receipt } = await known();
      const before = await countStored(hub);
      const manifest = await hub.manifest(alice, 'csam', other, { jti: receipt.jti, ...change });
      expect(answered(await hub.send(alice, manifest, text))).toMatchObject({
        code: 'JTI_CONFLICT',
        field: 'manifest.jti',
      });
      expect(await countStored(hub)).toEqual(before);
    });
  });

  it('under the jti of another member is no matter', async () => {
    const { jti } = answered(await hub.submit(alice, 'csam', [assertion('sha256', randomValue())]));
    const other = answered(await hub.submit(silent, 'csam', [assertion('sha256', randomValue())], { jti }));
    expect(other).toMatchObject({ __typename: 'SubmissionReceipt', jti });
  });

  it('with a revoked key is refused; what was received before keeps its receipt', async () => {
    const carol = await hub.admit('carol');
    await hub.allow(carol, 'csam', { submit: true, receive: true });
    await hub.settle();
    const text = ndjson([assertion('sha256', randomValue())]);
    const manifest = await hub.manifest(carol, 'csam', text);
    const receipt = answered(await hub.send(carol, manifest, text));
    await hub.revoke(carol, carol.signing);
    await hub.settle();
    const before = await countStored(hub);
    const refused = answered(await hub.submit(carol, 'csam', [assertion('sha256', randomValue())]));
    expect(refused).toMatchObject({ code: 'KEY_NOT_ACTIVE', field: 'manifest' });
    expect(await countStored(hub)).toEqual(before);
    expect(answered(await hub.send(carol, manifest, text))).toEqual(receipt);
  });

  it('with the key of another member is refused', async () => {
    const text = ndjson([assertion('sha256', randomValue())]);
    const manifest = await hub.manifest({ ...alice, signing: silent.signing }, 'csam', text);
    const before = await countStored(hub);
    expect(answered(await hub.send(alice, manifest, text))).toMatchObject({
      __typename: 'SubmissionRefused',
      code: 'KEY_NOT_ACTIVE',
    });
    expect(await countStored(hub)).toEqual(before);
  });

  it('of another member than the token is refused', async () => {
    const text = ndjson([assertion('sha256', randomValue())]);
    const manifest = await hub.manifest(silent, 'csam', text);
    const answer = await hub.graphql(alice, SUBMIT, { input: { manifest, entries: text } });
    expect(answered(answer)).toMatchObject({ code: 'WRONG_ISSUER', field: 'manifest.iss' });
  });

  /** Claims over a text that need not be well formed. */
  function framed(text: string): Record<string, unknown> {
    const ended = text.endsWith('\n') ? text : `${text}\n`;
    const claims = hub.claims(alice, 'csam', ended);
    return { ...claims, count: Math.min(Math.max(1, Number(claims['count'])), LIMITS.entries) };
  }

  async function resigned(
    manifest: string,
    change: (payload: string) => string,
    key: () => SigningKey = () => alice.signing,
  ): Promise<string> {
    const payload = Buffer.from(change(Buffer.from(manifest.split('.')[1]!, 'base64url').toString()));
    return signCompactJws({ typ: MANIFEST_TYP, payload, key: key() });
  }
});
