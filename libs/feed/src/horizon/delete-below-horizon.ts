import { lockLog, readLeaves } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { signalTypeByCode } from '#libs/protocol';
import { decodeRound } from '../round-reader.js';

/**
 * How long packs below a horizon are served after it was signed, in milliseconds: whoever planned by the head before has that long to fetch them. An
 * erasure has 24 hours, of which this is little.
 */
export const DELETION_GRACE_MS = 10 * 60_000;

/** A horizon below which nothing was deleted yet. */
export interface OpenHorizon {
  readonly channelId: number;
  readonly typeCode: number;
  readonly size: number;
}

interface SignedHorizon extends OpenHorizon {
  readonly origin: string;
}

const DUE = `
  SELECT h.channel_id AS "channelId", h.type_code AS "typeCode", h.size::float8 AS size
    FROM cairn.feed_horizon h JOIN cairn.feed f USING (channel_id)
   WHERE h.deleted_at IS NULL
     AND EXISTS (SELECT 1 FROM cairn.checkpoint k
                  WHERE k.log_id = f.log_id AND k.size > h.leaf_index AND k.signed_at <= now() - make_interval(secs => $1::float8))
   ORDER BY h.channel_id, h.type_code, h.size`;

const OPEN = `
  SELECT h.channel_id AS "channelId", h.type_code AS "typeCode", h.size::float8 AS size, l.origin
    FROM cairn.feed_horizon h JOIN cairn.feed f USING (channel_id) JOIN cairn.log l ON l.id = f.log_id
   WHERE h.channel_id = $1 AND h.type_code = $2 AND h.size = $3 AND h.deleted_at IS NULL FOR UPDATE OF h SKIP LOCKED`;

/** A pack goes by the first leaf above the horizon that announces it, if any does. */
const MOVE = `
  UPDATE cairn.pack p SET first_round = k.leaf, fold_from = k.fold_from, fold_to = k.fold_to
    FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) AS k (digest, leaf, fold_from, fold_to)
   WHERE p.channel_id = $1 AND p.digest = decode(k.digest, 'hex') AND p.first_round < $2`;

const DELETE = `
  WITH gone AS (
    DELETE FROM cairn.pack WHERE channel_id = $1 AND type_code = $2 AND first_round < $3 RETURNING channel_id, digest)
  INSERT INTO cairn.deleted_pack (channel_id, digest, horizon) SELECT channel_id, digest, $3 FROM gone
    ON CONFLICT (channel_id, digest) DO UPDATE SET horizon = excluded.horizon`;

/** The horizons that a checkpoint has covered for so long. */
export async function dueDeletions(database: Database, graceMs: number): Promise<OpenHorizon[]> {
  return database.read('due-deletions', 'system:publisher', (tx) =>
    tx.query<OpenHorizon>(DUE, [graceMs / 1000]),
  );
}

/**
 * Deletes the packs below one horizon that is due. Those that a leaf above it announces, too, stay.
 *
 * @returns false when somebody else did or does it
 */
export async function deleteBelowHorizon(database: Database, due: OpenHorizon): Promise<boolean> {
  return database.transaction('delete-below-horizon', 'system:publisher', async (tx) => {
    const [horizon] = await tx.query<SignedHorizon>(OPEN, [due.channelId, due.typeCode, due.size]);
    if (horizon === undefined) return false;
    const { channelId, typeCode, size } = horizon;
    const kept = await announcedAbove(tx, horizon);
    await tx.query(MOVE, [
      channelId,
      size,
      kept.map(({ digest }) => digest),
      kept.map(({ leaf }) => leaf),
      kept.map(({ from }) => from),
      kept.map(({ to }) => to),
    ]);
    await tx.query(DELETE, [channelId, typeCode, size]);
    await tx.query(
      'UPDATE cairn.feed_horizon SET deleted_at = now() WHERE channel_id = $1 AND type_code = $2 AND size = $3',
      [channelId, typeCode, size],
    );
    await tx.query(
      `UPDATE cairn.horizon_request SET done_at = now()
        WHERE channel_id = $1 AND type_code = $2 AND size <= $3 AND done_at IS NULL`,
      [channelId, typeCode, size],
    );
    return true;
  });
}

interface KeptPack {
  readonly digest: string;
  readonly leaf: number;
  /** Leaves that it folds; null of a round. */
  readonly from: number | null;
  readonly to: number | null;
}

/** Packs of the type by the first leaf from the horizon on that announces each; under the lock none is on its way. */
async function announcedAbove(tx: Tx, { typeCode, size, origin }: SignedHorizon): Promise<KeptPack[]> {
  const log = await lockLog(tx, origin);
  const type = signalTypeByCode(typeCode)!.name;
  const kept = new Map<string, KeptPack>();
  for (const [at, bytes] of (await readLeaves(tx, origin, size, log.size)).entries()) {
    const leaf = decodeRound(bytes);
    const change = 'changes' in leaf ? leaf.changes.find((one) => one.type === type) : undefined;
    const fold =
      leaf.kind === 'rollup' ? leaf : leaf.kind === 'snapshot' ? { from: 0, to: size + at } : NO_FOLD;
    for (const { digest } of change?.packs ?? []) {
      if (!kept.has(digest)) kept.set(digest, { digest, leaf: size + at, from: fold.from, to: fold.to });
    }
  }
  return [...kept.values()];
}

const NO_FOLD = { from: null, to: null } as const;
