import { deriveCheckpointKey } from '#libs/keys';
import { provenanceOrigin, readLeaves, readTileResource } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { commitment, decodeAuthor, decodeStatement } from '#libs/protocol';
import {
  leafHash,
  NOTE_SIGNATURE,
  readConsistencyProof,
  readInclusionProof,
  verifierKey,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
  type TileReader,
} from '#libs/tlog';

/** What a hub's log holds, as far as tests count it. */
export interface History {
  statements: number;
  submissions: number;
}

interface SequencedRow {
  id: string;
  index: number;
  dedupKey: string;
  body: object | null;
  content: Buffer | null;
  author: Buffer | null;
}

/**
 * Holds the provenance log against what was asked for: every statement that waits no more has one index, the indexes are
 * contiguous, each leaf is its statement, and the submissions of each member stand in the order of receipt, without a gap.
 * Throws at the first thing that is not so.
 */
export async function checkHistory(database: Database, hub: string): Promise<History> {
  return database.read('history', 'system:test', async (tx) => {
    const leaves = await allLeaves(tx, provenanceOrigin(hub));
    const rows = await tx.query<SequencedRow>(
      `SELECT p.id::text, p.log_index::float8 AS index, p.dedup_key AS "dedupKey", p.body,
              s.content_body AS content, s.author_body AS author
         FROM cairn.pending_statement p LEFT JOIN cairn.submission s ON s.id = p.submission_id
        WHERE p.log_index IS NOT NULL ORDER BY p.log_index`,
    );
    require(rows.length === leaves.length, `${rows.length} statements, but ${leaves.length} leaves`);
    rows.forEach((row, i) => checkLeaf(row, i, leaves[i]!));
    const contents = rows.filter((row) => row.content !== null).map((row) => commitment(row.content!));
    require(new Set(contents).size === contents.length, 'a submission stands twice');
    const authors = rows.filter((row) => row.author !== null).map((row) => decodeAuthor(row.author!));
    const counters = new Map<string, number>();
    for (const { member, counter } of authors) {
      require(counter ===
        (counters.get(member) ?? 0) + 1, `${member}: submission ${counter} is out of order`);
      counters.set(member, counter);
    }
    return { statements: leaves.length, submissions: authors.length };
  });
}

function checkLeaf(
  { dedupKey, index, body, content, author }: SequencedRow,
  i: number,
  leaf: Uint8Array,
): void {
  require(index === i, `log index ${i} is missing`);
  const { time: _time, ...statement } = decodeStatement(leaf);
  if (body !== null) {
    require(sameJson(statement, body), `leaf ${i} is not the statement ${dedupKey}`);
    return;
  }
  require(statement.kind === 'submission', `leaf ${i} is not the submission ${dedupKey}`);
  const committed = statement as { content: string; author: string };
  require(committed.content === commitment(content!) &&
    committed.author === commitment(author!), `leaf ${i} commits to other bodies than those of ${dedupKey}`);
}

function sameJson(a: object, b: object): boolean {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .sort()
              .map(([name, member]) => [name, sorted(member)]),
          )
        : value;
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/**
 * Verifies every checkpoint of every log with the log's own key, that each extends the one before it (RFC 9162 consistency proofs)
 * and includes the leaf before its edge.
 *
 * @returns how many checkpoints there are.
 */
export async function checkCheckpoints(database: Database, seed: Uint8Array): Promise<number> {
  return database.read('checkpoints', 'system:test', async (tx) => {
    const logs = await tx.query<{ origin: string; id: number }>(
      'SELECT origin, id FROM cairn.log ORDER BY id',
    );
    let checked = 0;
    for (const { origin, id } of logs) checked += await checkLog(tx, origin, id, seed);
    return checked;
  });
}

async function checkLog(tx: Tx, origin: string, logId: number, seed: Uint8Array): Promise<number> {
  const rows = await tx.query<{ size: number; root: Buffer; note: string }>(
    'SELECT size::float8 AS size, root, note FROM cairn.checkpoint WHERE log_id = $1 ORDER BY size',
    [logId],
  );
  const key = verifierKey(origin, NOTE_SIGNATURE, deriveCheckpointKey(seed, origin).publicKey);
  const policy = { logs: [{ key }], witnesses: [], groups: [], quorum: 'none' } as const;
  const tiles = tileReader(tx, origin);
  const leaves = await allLeaves(tx, origin);
  for (const [i, row] of rows.entries()) {
    const head = verifyCheckpoint(policy, row.note, origin);
    require(head.size === row.size &&
      row.root.equals(head.root), `${origin}: checkpoint ${row.size} is stored wrong`);
    const leaf = leafHash(leaves[head.size - 1]!);
    const index = head.size - 1;
    verifyInclusion({
      ...head,
      index,
      leafHash: leaf,
      proof: await readInclusionProof(tiles, index, head.size),
    });
    const first = rows[i - 1];
    if (first === undefined) continue;
    const proof = await readConsistencyProof(tiles, first.size, head.size);
    verifyConsistency({ first, second: head, proof });
  }
  return rows.length;
}

function tileReader(tx: Tx, origin: string): TileReader {
  return {
    readTile: async (tile) => (await readTileResource(tx, origin, { kind: 'tile', ...tile })) ?? undefined,
  };
}

async function allLeaves(tx: Tx, origin: string): Promise<Uint8Array[]> {
  const [log] = await tx.query<{ size: number }>(
    'SELECT size::float8 AS size FROM cairn.log WHERE origin = $1',
    [origin],
  );
  return readLeaves(tx, origin, 0, log!.size);
}

function require(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
