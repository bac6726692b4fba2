import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readPrivateJwk, verifyJsonJws, type SigningKey } from '#libs/keys';
import {
  decodePack,
  encodeMetadata,
  fromHex,
  packChanges,
  parseDay,
  RecordSet,
  REMOVAL_REASON,
  signalTypeByName,
  sortChanges,
  toHex,
  type Change,
} from '#libs/protocol';
import { toFeedChanges } from './feed-changes.js';
import type { FeedChange } from './feed-delta.types.js';
import { FEED_PAGE_TYP, signFeedPage } from './feed-page.js';

const PAGE = readFileSync(new URL('../../../../../docs/protocol-feed.md', import.meta.url), 'utf8');
const EXAMPLE = PAGE.slice(PAGE.indexOf('## Worked example'));
const MD5 = signalTypeByName('md5')!;
const LABELS = new Map([[1, 'a1']]);

/** RFC 8032, section 7.1, TEST 3: the hub's promise key. */
const PROMISE_KEY: SigningKey = readPrivateJwk(
  Buffer.from(
    JSON.stringify({
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'xaqN9D-fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc',
      x: '_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU',
    }),
  ),
);

const pack = decodePack(
  fromHex(/pack, 176 bytes\n([0-9a-f\s]+?)\ndigest/.exec(EXAMPLE)![1]!.replaceAll(/\s/g, ''))!,
);
const [header, payload, signature] = /^(\{"alg":.*)\n(\{"iss":.*)\n(\S{86})$/m.exec(EXAMPLE)!.slice(1) as [
  string,
  string,
  string,
];
const text = (part: string) => Buffer.from(part).toString('base64url');
const stated = `${text(header)}.${text(payload)}.${signature}`;

/** The changes of a page with the bytes that a reader of the section computes, and nothing of the code under test. */
function readChange(change: FeedChange): Change {
  const key = fromHex(change.value)!;
  if (change.op === 'REMOVED')
    return { op: 'remove', key, reason: REMOVAL_REASON[change.reason as keyof typeof REMOVAL_REASON] };
  const codes = new Map([...LABELS].map(([code, label]) => [label, code]));
  const metadata = encodeMetadata({
    status: change.status === 'ACTIVE' ? 'active' : 'disputed',
    assurance: change.assurance === 'VERIFIED' ? 'verified' : 'provisional',
    supporters: change.supporters!,
    labels: change.labels!.map(({ label, count }) => ({ code: codes.get(label)!, count })),
    ...(change.expires === undefined ? {} : { expiryDay: parseDay(change.expires)! }),
    authors: [],
    unknown: [],
  });
  return change.op === 'ADDED'
    ? { op: 'add', key, metadata, value: new Uint8Array() }
    : { op: 'update', key, metadata };
}

/** The set before, of the records A and B. */
function setBefore(): RecordSet {
  const metadata = (n: number) => fromHex(new RegExp(`^metadata ${n} +([0-9a-f]+)`, 'm').exec(EXAMPLE)![1]!)!;
  const key = (first: number) => Uint8Array.from({ length: 16 }, (_, i) => first + i);
  const value = new Uint8Array();
  return RecordSet.empty({ type: 'md5', keyLength: 16, hasValues: false }).apply([
    { op: 'add', key: key(0x00), metadata: metadata(1), value },
    { op: 'add', key: key(0x10), metadata: metadata(3), value },
  ]);
}

describe('the signed page of docs/protocol-feed.md', () => {
  let claims: Record<string, unknown>;
  beforeAll(async () => {
    const key = PROMISE_KEY.publicKey;
    const verified = await verifyJsonJws({ token: stated, typ: FEED_PAGE_TYP, key, maxBytes: 4096 });
    if (!verified.ok) throw new Error(verified.message);
    claims = verified.claims;
  });

  it('is what the hub signs for the pack of the example', async () => {
    const changes = toFeedChanges(MD5, sortChanges(packChanges(pack)), {
      labels: LABELS,
      members: new Map(),
    });
    const view = { feed: 'sandbox', type: 'md5', from: 4, to: 5, page: 0, last: true, cursor: null };
    const page = { __typename: 'FeedDeltaPage', ...view, changes, setRoot: toHex(pack.to) } as const;
    expect(await signFeedPage(page, 'hub.example.org', PROMISE_KEY, 1_767_225_660_000)).toBe(stated);
  });

  it('leads a reader without packs to the set root that it names', () => {
    const changes = (claims['changes'] as FeedChange[]).map(readChange);
    expect(toHex(setBefore().apply(changes).root)).toBe(claims['setRoot']);
    expect(EXAMPLE).toContain(`root after    ${String(claims['setRoot'])}`);
  });
});
