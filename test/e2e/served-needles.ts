import { createHash } from 'node:crypto';
import { feedOrigin, readLeaves } from '#libs/ledger';
import { leafHash } from '#libs/tlog';
import type { TestHub } from './api-hub.js';

/** Something that must not be served, and its name for the report. */
export interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

const sha256 = (data: Uint8Array | string): Buffer => createHash('sha256').update(data).digest();

/** All that would reveal a value, or that somebody who guesses it could compute and compare. */
export function needlesOfLine(line: object): Needle[] {
  const { value, salt } = line as { value: string; salt: string };
  const text = Buffer.from(JSON.stringify(line));
  const key = Buffer.from(value, 'hex');
  return [
    { name: 'value', bytes: key },
    { name: 'digest of the value', bytes: sha256(key) },
    { name: 'digest of its text', bytes: sha256(value) },
    { name: 'leaf hash of its text', bytes: Buffer.from(leafHash(Buffer.from(value))) },
    { name: 'leaf hash of the key', bytes: Buffer.from(leafHash(key)) },
    { name: 'salt of the line', bytes: Buffer.from(salt, 'hex') },
    { name: 'digest of the line', bytes: sha256(text) },
    { name: 'leaf hash of the line', bytes: Buffer.from(leafHash(text)) },
  ];
}

/** What a hub keeps about a channel and gives to its receivers alone: salts, roots, packs, rounds and buckets. */
export async function needlesOfChannel(hub: TestHub, channel: string): Promise<Needle[]> {
  return hub.worker.read('read-secrets', 'system:test', async (tx) => {
    const all = await tx.query<{ own: boolean; content: string; author: string }>(
      `SELECT c.name = $1 AS own, convert_from(s.content_body, 'UTF8') AS content, convert_from(s.author_body, 'UTF8') AS author
         FROM cairn.submission s JOIN cairn.channel c ON c.id = s.channel_id`,
      [channel],
    );
    // Decisions have no salt: those on as many new entries, all accepted, have one root in every channel.
    const elsewhere = all.filter(({ own }) => !own).map(({ content }) => content);
    const bodies = all.filter(({ own }) => own);
    const packs = await tx.query<{ digest: string }>(
      `SELECT encode(p.digest, 'hex') AS digest
         FROM cairn.pack p JOIN cairn.channel c ON c.id = p.channel_id WHERE c.name = $1`,
      [channel],
    );
    const { size } = (
      await tx.query<{ size: number }>('SELECT size::float8 AS size FROM cairn.log WHERE feed = $1', [
        channel,
      ])
    )[0]!;
    const leaves = await readLeaves(tx, feedOrigin(hub.config.origin, channel), 0, size);
    // The first round is idle, and by itself the head that everybody is told of.
    const hashes = leaves
      .slice(1)
      .map((leaf) => ({ name: 'leaf hash of a round', bytes: Buffer.from(leafHash(leaf)) }));
    return [
      ...bodies
        .flatMap(({ content, author }) => hexIn('body', `${content}${author}`))
        .filter(({ bytes }) => !elsewhere.some((content) => content.includes(bytes.toString('hex')))),
      ...packs.flatMap(({ digest }) => hexIn('pack', digest)),
      ...leaves.flatMap((leaf, i) => hexIn(`round ${i}`, Buffer.from(leaf).toString(), /"log":\{[^}]*\}/)),
      ...hashes,
    ];
  });
}

/** Every salt, nonce and digest in a text. */
function hexIn(name: string, text: string, without = /$^/): Needle[] {
  const found = text.replace(without, '').match(/[0-9a-f]{64}|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/g) ?? [];
  return found.map((hex) => ({
    name: `${name}: a salt, nonce, digest or root`,
    bytes: Buffer.from(hex, 'hex'),
  }));
}

/** The names of needles that a haystack holds, in whatever spelling. */
export function found(haystack: Buffer, needles: readonly Needle[]): string[] {
  const lower = Buffer.from(haystack.toString('latin1').toLowerCase(), 'latin1');
  return needles.flatMap(({ name, bytes }) => {
    const reversed = Buffer.from(bytes).reverse();
    const spelled = [bytes, reversed].flatMap((one) =>
      [one, ...base64Of(one)].map((text) => haystack.includes(text)),
    );
    const inHex = [bytes, reversed].map((one) => lower.includes(one.toString('hex')));
    return [...spelled, ...inHex].includes(true) ? [name] : [];
  });
}

/** Base64 and base64url of the bytes wherever they begin in what is encoded, without the characters that depend on their neighbours. */
function base64Of(bytes: Buffer): Buffer[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const inner = text.slice(shift === 0 ? 0 : shift + 1, -1);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')].map((one) => Buffer.from(one));
  });
}
