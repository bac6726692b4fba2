import { createHash } from 'node:crypto';
import { announceFeeds } from '#libs/feed';
import { generateSigningKey, signCompactJws, type SigningKey } from '#libs/keys';
import { MANIFEST_TYP, type LogHead, type MemberKind } from '#libs/protocol';
import { answered, ndjson, TestHub, type TestMember } from './api-hub.js';

/** Whoever takes part, with names that occur nowhere else and keys that are the same in every world. */
export interface Player extends TestMember {
  readonly group: string;
  readonly label: string;
  readonly kind: MemberKind;
}

export function player(
  name: string,
  kind: MemberKind = 'platform',
  algorithm: 'ES256' | 'Ed25519' = 'ES256',
): Player {
  const keys: { auth: SigningKey; signing: SigningKey } = {
    auth: generateSigningKey(),
    signing: generateSigningKey(algorithm),
  };
  return { name, kind, group: `group-of-${name}`, label: `The ${name} organisation`, ...keys };
}

/** A value that is the same in every world. */
export const valueOf = (name: string): string => createHash('sha256').update(`value ${name}`).digest('hex');

/** A line, with a salt that is the same in every world: lines are the author's own, and not what is compared. */
export function lineOf(op: 'assert' | 'retract', name: string, salt: string, more: object = {}): object {
  const bytes = createHash('sha256').update(`salt ${salt}`).digest('hex');
  return { op, type: 'sha256', value: valueOf(name), salt: bytes.slice(0, 32), ...more };
}

/** Lets a player in, with its own keys. */
export async function admit(
  hub: TestHub,
  { name, group, label, kind, auth, signing }: Player,
): Promise<void> {
  const facts = { member: name, name: label, kind, group, accredited: false };
  must(await hub.members.admit('system:test', facts));
  for (const [purpose, key] of [
    ['auth', auth],
    ['signing', signing],
  ] as const)
    must(await hub.members.addKey('system:test', name, purpose, JSON.parse(key.publicKey.jwk)));
}

/** The head that a client has verified just before it signs, as the SDK does for each batch of whoever. */
async function headOf(hub: TestHub): Promise<LogHead> {
  const [, size, root] = (await (await fetch(`${hub.url}/log/checkpoint`)).text()).split('\n');
  return { size: Number(size), root: Buffer.from(root!, 'base64').toString('hex') };
}

/** A signed batch of a player. */
export async function batchOf(
  hub: TestHub,
  author: Player,
  channel: string,
  lines: readonly object[],
): Promise<{ manifest: string; entries: string; jti: string }> {
  const entries = ndjson(lines);
  const claims: Record<string, unknown> = {
    ...hub.claims(author, channel, entries),
    head: await headOf(hub),
  };
  const manifest = await signCompactJws({ typ: MANIFEST_TYP, key: author.signing, payload: claims });
  return { manifest, entries, jti: String(claims['jti']) };
}

/** Submits, and waits until receivers can see what came of it; @returns the `jti` */
export async function say(
  hub: TestHub,
  author: Player,
  channel: string,
  lines: readonly object[],
): Promise<string> {
  const { manifest, entries, jti } = await batchOf(hub, author, channel, lines);
  const answer = answered(await hub.send(author, manifest, entries));
  if (answer.__typename !== 'SubmissionReceipt') throw new Error(answer.rule);
  await hub.settle();
  return jti;
}

/** Where in the log the submissions to a channel stand. */
export async function indexesOf(hub: TestHub, channel: string): Promise<number[]> {
  const rows = await hub.worker.read('read-indexes', 'system:test', (tx) =>
    tx.query<{ index: number }>(
      `SELECT s.log_index::float8 AS index FROM cairn.submission s JOIN cairn.channel c ON c.id = s.channel_id
        WHERE c.name = $1 ORDER BY s.log_index`,
      [channel],
    ),
  );
  return rows.map(({ index }) => index);
}

/** What the worker does within a minute, heads of feeds in the public log included. */
export async function publishAll(hub: TestHub): Promise<void> {
  await hub.settle();
  await announceFeeds(hub.database.worker);
  await hub.settle();
}

function must(result: { ok: boolean; rule?: string }): void {
  if (!result.ok) throw new Error(`refused: ${result.rule}`);
}
