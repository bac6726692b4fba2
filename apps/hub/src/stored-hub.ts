import { findRequestedStatement, latestCheckpoint, provenanceOrigin } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import type { PublicJwk } from '#libs/protocol';

/** A hub as its database knows it. */
export interface StoredHub {
  readonly origin: string;
  /** Public keys of the `hub` statement, the first of the log. */
  readonly keys: readonly { readonly purpose: string; readonly jwk: PublicJwk }[];
  /** The latest checkpoint of the provenance log, a signed note; null before the first. */
  readonly checkpoint: string | null;
}

/** The hub in the database, or null when none has been founded. */
export async function readStoredHub(tx: Tx): Promise<StoredHub | null> {
  const [hub] = await tx.query<{ origin: string }>('SELECT origin FROM cairn.hub');
  if (hub === undefined) return null;
  const founding = await findRequestedStatement(tx, FOUNDING);
  const head = await latestCheckpoint(tx, provenanceOrigin(hub.origin));
  return {
    origin: hub.origin,
    keys: founding?.kind === 'hub' ? founding.keys : [],
    checkpoint: head?.note ?? null,
  };
}

/** Natural key of the founding statement. */
export const FOUNDING = 'hub';
