import { gatePublicKey, type PublicKeyRecord, verifyJsonJws } from '#libs/keys';
import { provenanceOrigin, readLeaves } from '#libs/ledger';
import type { Database } from '#libs/platform';
import { decodeAuthor, decodeStatement, PROMISE_TYP } from '#libs/protocol';
import type { Sent } from './submission-load.js';

/**
 * Holds every promise against the log: it is signed with the key that leaf 0 names, and the submission it names is logged by its
 * deadline, under its author and its counter, once. Throws at the first that is broken.
 */
export async function checkPromises(database: Database, hub: string, sent: readonly Sent[]): Promise<void> {
  const { key, leaves, rows } = await database.read('promises', 'system:test', async (tx) => {
    const [log] = await tx.query<{ size: number }>(
      'SELECT size::float8 AS size FROM cairn.log WHERE feed IS NULL',
    );
    const leaves = await readLeaves(tx, provenanceOrigin(hub), 0, log!.size);
    const rows = await tx.query<{ jti: string; digest: string; index: number; author: Buffer }>(
      `SELECT jti, encode(payload_digest, 'hex') AS digest, log_index::float8 AS index, author_body AS author
         FROM cairn.submission`,
    );
    return { key: promiseKey(leaves[0]!), leaves, rows };
  });
  require(rows.length === sent.length, `${rows.length} submissions are stored, ${sent.length} were accepted`);
  const byJti = new Map(rows.map((row) => [row.jti, row]));
  for (const { member, jti, receipt } of sent) {
    const verified = await verifyJsonJws({ token: receipt.promise, typ: PROMISE_TYP, key, maxBytes: 4096 });
    require(verified.ok, `submission ${jti}: the promise does not verify`);
    const { claims } = verified as Extract<typeof verified, { ok: true }>;
    const row = byJti.get(jti);
    require(row?.index !== undefined && row.index !== null, `submission ${jti} is not in the log`);
    const { time } = decodeStatement(leaves[row!.index]!);
    const author = decodeAuthor(row!.author);
    require(claims['iss'] === hub &&
      claims['sub'] === member, `submission ${jti}: promised by or to another`);
    require(claims['jti'] === jti &&
      claims['digest'] === row!.digest, `submission ${jti}: another was promised`);
    require(claims['counter'] === author.counter &&
      author.member === member &&
      receipt.counter === author.counter, `submission ${jti}: logged in another place than promised`);
    require(time <= Number(claims['deadline']), `submission ${jti}: logged after the deadline`);
  }
}

function promiseKey(leaf: Uint8Array): PublicKeyRecord {
  const statement = decodeStatement(leaf);
  const jwk =
    statement.kind === 'hub' ? statement.keys.find((key) => key.purpose === 'promise')?.jwk : undefined;
  const gate = gatePublicKey(jwk);
  if (!gate.ok) throw new Error('leaf 0 names no key for promises');
  return gate.key;
}

function require(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
