import { leafHash, parseTlogProof, TlogError, verifyTlogProof, type TlogPolicy } from '#libs/tlog';
import { ProtocolError, type ProtocolErrorCode } from '../protocol-error.js';
import { decodeStatement } from '../statement/statement-codec.js';
import type { PublicJwk, Statement, StatementKind } from '../statement/statement.js';
import type { ProvedLeaf } from './entry-proof.js';

/**
 * Verifies a compact JWS by docs/protocol-keys.md, "Signed tokens", under one public key that must pass the gate; returns the payload byte for
 * byte, null when it does not hold.
 */
export type VerifyToken = (
  token: string,
  typ: string,
  jwk: PublicJwk,
) => Uint8Array | null | Promise<Uint8Array | null>;

/** What a verifier pins before it reads a proof. */
export interface ProofTrust {
  /** Name of the hub. */
  origin: string;
  /** Policy with the key of the log `<origin>/log`. */
  policy: TlogPolicy;
  verifyToken: VerifyToken;
}

/** A proved leaf, decoded. */
export interface OpenedLeaf {
  statement: Statement;
  index: number;
  size: number;
  /** The checkpoint note, byte for byte. */
  note: string;
}

/**
 * Opens a leaf of the pinned hub's provenance log by its proof.
 *
 * @param field named in errors
 * @throws ProtocolError NOT_IN_LOG, and all that `decodeStatement` throws
 */
export function openLeaf({ leaf, proof }: ProvedLeaf, field: string, trust: ProofTrust): OpenedLeaf {
  const bytes = utf8(leaf);
  const { index, size, note } = provenPlace(bytes, proof, field, trust);
  return { statement: decodeStatement(bytes), index, size, note };
}

function provenPlace(leaf: Uint8Array, text: string, field: string, { policy, origin }: ProofTrust) {
  try {
    const { extra, checkpoint: note } = parseTlogProof(text);
    if (extra !== undefined) throw new TlogError('malformed', 'proof: must have no extra line');
    const { index, checkpoint } = verifyTlogProof(policy, text, leafHash(leaf), `${origin}/log`);
    return { index, size: checkpoint.size, note };
  } catch (error) {
    if (!(error instanceof TlogError)) throw error;
    throw new ProtocolError({ code: 'NOT_IN_LOG', field: `${field}.proof`, rule: error.message });
  }
}

/** The statement, if it is of that kind. */
export function requireKind<K extends StatementKind>(
  statement: Statement,
  kind: K,
  field: string,
): Extract<Statement, { kind: K }> {
  check(statement.kind === kind, 'EVIDENCE_MISMATCH', field, `must be a ${kind} statement`);
  return statement as Extract<Statement, { kind: K }>;
}

const encoder = new TextEncoder();

/** `text` as UTF-8. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** @throws ProtocolError unless it holds */
export function check(holds: boolean, code: ProtocolErrorCode, field: string, rule: string): void {
  if (!holds) throw new ProtocolError({ code, field, rule });
}
