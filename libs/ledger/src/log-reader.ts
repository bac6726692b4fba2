import type { Tx } from '#libs/platform';
import { decodeStatement, type Statement } from '#libs/protocol';
import {
  decodeEntryBundle,
  edgeOf,
  encodeEntryBundle,
  formatTlogProof,
  hashesAtLevel,
  readCompactRange,
  readInclusionProof,
  TILE_WIDTH,
  type TileReader,
  type TileResource,
} from '#libs/tlog';

/** The latest signed head of a log. */
export interface PublishedHead {
  origin: string;
  size: number;
  root: Buffer;
  note: string;
}

/** The latest checkpoint of a log, or null before the first. */
export async function latestCheckpoint(tx: Tx, origin: string): Promise<PublishedHead | null> {
  const [head] = await tx.query<PublishedHead>(
    `SELECT l.origin, c.size::float8 AS size, c.root, c.note
       FROM cairn.checkpoint c JOIN cairn.log l ON l.id = c.log_id
      WHERE l.origin = $1 ORDER BY c.size DESC LIMIT 1`,
    [origin],
  );
  return head ?? null;
}

/**
 * Bytes of a tile or entry bundle in the published part of a log (C2SP tlog-tiles), or null when there is none. What
 * no checkpoint covers yet is not served.
 */
export async function readTileResource(
  tx: Tx,
  origin: string,
  resource: TileResource,
): Promise<Buffer | null> {
  const head = await latestCheckpoint(tx, origin);
  if (head === null) return null;
  const level = resource.kind === 'tile' ? resource.level : 0;
  const published = Math.floor(head.size / TILE_WIDTH ** level) - resource.index * TILE_WIDTH;
  if (resource.width > published) return null;
  return resource.kind === 'tile'
    ? readTile(tx, origin, resource)
    : readBundle(tx, origin, resource.index, resource.width);
}

async function readTile(
  tx: Tx,
  origin: string,
  { level, index, width }: { level: number; index: number; width: number },
): Promise<Buffer | null> {
  const [tile] = await tx.query<{ hashes: Buffer }>(
    `SELECT substring(t.hashes FROM 1 FOR $4) AS hashes FROM cairn.log_tile t JOIN cairn.log l ON l.id = t.log_id
      WHERE l.origin = $1 AND t.level = $2 AND t.n = $3 AND t.width >= $5`,
    [origin, level, index, width * 32, width],
  );
  return tile?.hashes ?? null;
}

async function readBundle(tx: Tx, origin: string, index: number, width: number): Promise<Buffer | null> {
  const [bundle] = await tx.query<{ data: Buffer; width: number }>(
    `SELECT b.data, b.width FROM cairn.log_bundle b JOIN cairn.log l ON l.id = b.log_id
      WHERE l.origin = $1 AND b.n = $2 AND b.width >= $3`,
    [origin, index, width],
  );
  if (bundle === undefined || bundle.width === width) return bundle?.data ?? null;
  return Buffer.from(encodeEntryBundle(decodeEntryBundle(bundle.data, bundle.width).slice(0, width)));
}

/** Root of a log when it had `size` leaves. */
export async function rootAt(tx: Tx, origin: string, size: number): Promise<Uint8Array> {
  return (await readCompactRange(tileReader(tx, origin), size)).root();
}

function tileReader(tx: Tx, origin: string): TileReader {
  return { readTile: async (tile) => (await readTile(tx, origin, tile)) ?? undefined };
}

/** Statements of the provenance log from index `from` up to, not including, `to`. */
export async function readStatements(
  tx: Tx,
  origin: string,
  from: number,
  to: number,
): Promise<{ index: number; statement: Statement }[]> {
  const leaves = await readLeaves(tx, origin, from, to);
  return leaves.map((leaf, i) => ({ index: from + i, statement: decodeStatement(leaf) }));
}

/** Exact bytes of the leaves of a log from index `from` up to, not including, `to`. */
export async function readLeaves(tx: Tx, origin: string, from: number, to: number): Promise<Uint8Array[]> {
  if (from >= to) return [];
  const first = Math.floor(from / TILE_WIDTH);
  const rows = await tx.query<{ width: number; data: Buffer }>(
    `SELECT b.width, b.data FROM cairn.log_bundle b JOIN cairn.log l ON l.id = b.log_id
      WHERE l.origin = $1 AND b.n BETWEEN $2 AND $3 ORDER BY b.n`,
    [origin, first, Math.floor((to - 1) / TILE_WIDTH)],
  );
  const entries = rows.flatMap(({ width, data }) => decodeEntryBundle(data, width));
  return entries.slice(from - first * TILE_WIDTH, to - first * TILE_WIDTH);
}

/**
 * Proof that a leaf is in a log, under its latest checkpoint, as a `c2sp.org/tlog-proof@v1` text; null while no checkpoint
 * covers the leaf.
 */
export async function readProofText(tx: Tx, origin: string, index: number): Promise<string | null> {
  const head = await latestCheckpoint(tx, origin);
  if (head === null || index >= head.size) return null;
  const tiles = tileReader(tx, origin);
  return formatTlogProof({
    index,
    proof: await readInclusionProof(tiles, index, head.size),
    checkpoint: head.note,
  });
}

/** Exact bytes of single leaves of a log, by index; an index that the log does not have is left out. */
export async function readLeavesAt(
  tx: Tx,
  origin: string,
  indexes: readonly number[],
): Promise<Map<number, Uint8Array>> {
  const wanted = [...new Set(indexes)];
  const rows = await tx.query<{ n: number; width: number; data: Buffer }>(
    `SELECT b.n::float8 AS n, b.width, b.data FROM cairn.log_bundle b JOIN cairn.log l ON l.id = b.log_id
      WHERE l.origin = $1 AND b.n = ANY ($2::bigint[])`,
    [origin, [...new Set(wanted.map((index) => Math.floor(index / TILE_WIDTH)))]],
  );
  const bundles = new Map(rows.map(({ n, width, data }) => [n, decodeEntryBundle(data, width)]));
  const leaves = new Map<number, Uint8Array>();
  for (const index of wanted) {
    const leaf = bundles.get(Math.floor(index / TILE_WIDTH))?.[index % TILE_WIDTH];
    if (leaf !== undefined) leaves.set(index, leaf);
  }
  return leaves;
}

/** As `readProofText`, for many leaves with the tiles of all read at once; a leaf that no checkpoint covers yet is left out. */
export async function readProofTexts(
  tx: Tx,
  origin: string,
  indexes: readonly number[],
): Promise<Map<number, string>> {
  const head = await latestCheckpoint(tx, origin);
  const covered = [...new Set(indexes)].filter((index) => head !== null && index < head.size);
  if (head === null || covered.length === 0) return new Map();
  const tiles = await loadTiles(tx, origin, covered, head.size);
  const proofs = covered.map(async (index) => {
    const proof = await readInclusionProof(tiles, index, head.size);
    return [index, formatTlogProof({ index, proof, checkpoint: head.note })] as const;
  });
  return new Map(await Promise.all(proofs));
}

/** The tiles above these leaves, and those at the right edge of the tree of `size` leaves: all that their proofs are made of. */
async function loadTiles(
  tx: Tx,
  origin: string,
  indexes: readonly number[],
  size: number,
): Promise<TileReader> {
  const wanted = new Map(edgeOf(size).map(({ level, index }) => [`${level}/${index}`, { level, index }]));
  for (let level = 0; hashesAtLevel(level, size) > 0; level++) {
    for (const leaf of indexes) {
      const index = Math.floor(leaf / TILE_WIDTH ** (level + 1));
      wanted.set(`${level}/${index}`, { level, index });
    }
  }
  const rows = await tx.query<{ level: number; n: number; hashes: Buffer }>(
    `SELECT t.level, t.n::float8 AS n, t.hashes FROM cairn.log_tile t JOIN cairn.log l ON l.id = t.log_id
      WHERE l.origin = $1 AND (t.level, t.n) IN (SELECT * FROM unnest($2::smallint[], $3::bigint[]))`,
    [origin, [...wanted.values()].map(({ level }) => level), [...wanted.values()].map(({ index }) => index)],
  );
  const found = new Map(rows.map(({ level, n, hashes }) => [`${level}/${n}`, hashes]));
  return { readTile: ({ level, index }) => Promise.resolve(found.get(`${level}/${index}`)) };
}
