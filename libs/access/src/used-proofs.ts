import { hash } from 'node:crypto';
import type { Database, Tx } from '#libs/platform';
import {
  CLOCKS_SECONDS,
  PROOF_MEMORY_SECONDS,
  PROOF_PAST_SECONDS,
  type CheckedProof,
} from './proof-check.js';

/** `nonce-needed`: the proof may have been used before a crash; one made with this nonce cannot (RFC 9449 §9). */
export type ProofUse =
  | { readonly outcome: 'first' }
  | { readonly outcome: 'replayed' }
  | { readonly outcome: 'nonce-needed'; readonly nonce: string };

interface Spent {
  readonly nonce: string;
  readonly taken: boolean;
  readonly first: boolean;
}

/**
 * Takes note that a proof was used: of any number of requests with it, in whatever process, exactly one is the first. The transaction
 * must commit before the request is answered.
 */
export async function useProof(tx: Tx, proof: CheckedProof): Promise<ProofUse> {
  const spent = (await spend(tx, proof)) ?? (await begin(tx));
  if (!spent.taken) return { outcome: 'nonce-needed', nonce: spent.nonce };
  return { outcome: spent.first ? 'first' : 'replayed' };
}

/**
 * Undefined when nothing is known of the time before: the tables came up empty. While the epoch is so young that a proof could have been
 * used before it began, only one with its nonce is taken.
 */
async function spend(tx: Tx, { jkt, jti, iat, nonce }: CheckedProof): Promise<Spent | undefined> {
  const [spent] = await tx.query<Spent>(
    `WITH epoch AS (
        SELECT nonce, began_at < now() - make_interval(secs => $4) OR nonce = $3 AS taken FROM cairn.proof_epoch
      ), used AS (
        INSERT INTO cairn.used_proof (id, expires_at)
          SELECT decode($1, 'hex'), to_timestamp($2::float8) FROM epoch WHERE taken
          ON CONFLICT (id) DO NOTHING RETURNING id
      )
      SELECT nonce, taken, EXISTS (SELECT FROM used) AS first FROM epoch`,
    [hash('sha256', `${jkt}.${jti}`), iat + PROOF_PAST_SECONDS + CLOCKS_SECONDS, nonce, PROOF_MEMORY_SECONDS],
  );
  return spent;
}

/** Whoever comes first begins the epoch; the others find it. */
async function begin(tx: Tx): Promise<Spent> {
  await tx.query(`INSERT INTO cairn.proof_epoch DEFAULT VALUES ON CONFLICT (single) DO NOTHING`);
  const [epoch] = await tx.query<{ nonce: string }>(`SELECT nonce FROM cairn.proof_epoch`);
  return { nonce: epoch!.nonce, taken: false, first: false };
}

/** Deletes what nobody needs any more: a proof that is too old is refused for that. For the worker's sweeper. */
export async function forgetUsedProofs(database: Database): Promise<number> {
  return database.transaction('forget-proofs', 'system:worker', (tx) =>
    tx.execute('DELETE FROM cairn.used_proof WHERE expires_at < now()'),
  );
}
