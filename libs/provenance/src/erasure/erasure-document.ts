import { createHash } from 'node:crypto';
import { canonicalJson } from '#libs/membership';
import type { Tx } from '#libs/platform';
import type { ErasureReason, LinePlace } from '#libs/protocol';

/** What two persons decide: nothing else counts, and the value is nowhere in it. */
export interface ErasureDocument {
  id: number;
  reason: ErasureReason;
  /** Why, for staff and auditors alone. */
  justification: string;
  /** Row id of the person who asks. */
  requestedBy: number;
  /** Unix milliseconds. */
  requestedAt: number;
  /** By ascending index and line. */
  lines: LinePlace[];
}

/** How far an erasure is. */
export interface ErasureProgress {
  confirmedBy: number | null;
  confirmedAt: Date | null;
  withdrawnAt: Date | null;
  /** Log index of the statement. */
  index: number | null;
  /** When the bytes were deleted. */
  purgedAt: Date | null;
  /** Of how many of its lines the value is still there then, since somebody else names it; null before. */
  valuesLeft: number | null;
}

/** An erasure as staff see it, with the digest that who confirms it names. */
export type StoredErasure = ErasureProgress & { document: ErasureDocument; digest: string };

const COLUMNS = `
  a.id::float8 AS id, a.reason, a.justification, a.requested_by AS "requestedBy",
  floor(extract(epoch FROM a.requested_at) * 1000)::float8 AS "requestedAt", a.confirmed_by AS "confirmedBy", a.confirmed_at AS "confirmedAt",
  a.withdrawn_at AS "withdrawnAt", a.log_index::float8 AS index, a.purged_at AS "purgedAt",
  cairn.erasure_values_left(a.id) AS "valuesLeft",
  (SELECT json_agg(json_build_object('index', l.log_index, 'line', l.line) ORDER BY l.log_index, l.line)
     FROM cairn.erasure_line l WHERE l.erasure_id = a.id) AS lines`;

/** Erasures, the latest first: at most `first`, below that id. */
export async function listErasures(
  tx: Tx,
  { first, before = null }: { first: number; before?: number | null },
): Promise<StoredErasure[]> {
  const rows = await tx.query<ErasureDocument & ErasureProgress>(
    `SELECT ${COLUMNS} FROM cairn.erasure a WHERE $1::bigint IS NULL OR a.id < $1 ORDER BY a.id DESC LIMIT $2`,
    [before, first],
  );
  return rows.map(toStored);
}

/** One erasure, or null; `lock` keeps it as it is until the end of the transaction. */
export async function findErasure(
  tx: Tx,
  id: number,
  { lock = false }: { lock?: boolean } = {},
): Promise<StoredErasure | null> {
  if (lock) await tx.query('SELECT 1 FROM cairn.erasure WHERE id = $1 FOR UPDATE', [id]);
  const [row] = await tx.query<ErasureDocument & ErasureProgress>(
    `SELECT ${COLUMNS} FROM cairn.erasure a WHERE a.id = $1`,
    [id],
  );
  return row === undefined ? null : toStored(row);
}

function toStored(row: ErasureDocument & ErasureProgress): StoredErasure {
  const { id, reason, justification, requestedBy, requestedAt, lines, ...progress } = row;
  const document = { id, reason, justification, requestedBy, requestedAt, lines };
  return { ...progress, document, digest: erasureDigest(document) };
}

/** SHA-256 of the document's canonical JSON (RFC 8785), hex. */
export function erasureDigest(document: ErasureDocument): string {
  return createHash('sha256').update(canonicalJson(document)).digest('hex');
}
