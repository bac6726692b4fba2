import { verifyJsonJws, type ResolveKey } from '#libs/keys';
import {
  LIMITS,
  linesRoot,
  MANIFEST_TYP,
  parseEntries,
  ProtocolError,
  readManifest,
  splitLines,
  type Entry,
  type Manifest,
} from '#libs/protocol';
import { sha256 } from '#libs/tlog';
import { refuse, type SubmissionRefusal } from './submission-results.js';

/** A manifest whose signature holds. */
export interface SignedManifest {
  ok: true;
  manifest: Manifest;
  /** Thumbprint of the key that signed. */
  kid: string;
  /** SHA-256 of the payload bytes. */
  payloadDigest: Uint8Array;
}

/**
 * Verifies and reads a manifest. The same function serves the API, before anything is promised, and the worker, on the stored
 * bytes.
 */
export async function readSignedManifest(
  token: string,
  resolveKey: ResolveKey,
): Promise<SignedManifest | SubmissionRefusal> {
  const verified = await verifyJsonJws({
    token,
    typ: MANIFEST_TYP,
    key: resolveKey,
    maxBytes: LIMITS.manifestBytes,
  });
  if (!verified.ok) return refuse(verified.code, 'manifest', `${verified.part} ${verified.rule}`);
  try {
    const manifest = readManifest(verified.claims);
    return { ok: true, manifest, kid: verified.key.kid, payloadDigest: sha256(verified.payload) };
  } catch (error) {
    return asRefusal(error);
  }
}

/** Checks the lines against their manifest, then each entry by itself. */
export function readLines(
  bytes: Uint8Array,
  manifest: Manifest,
): { ok: true; entries: Entry[] } | SubmissionRefusal {
  try {
    const lines = splitLines(bytes);
    if (lines.length !== manifest.count) {
      return refuse('COUNT_MISMATCH', 'manifest.count', 'must be the number of lines');
    }
    if (linesRoot(lines) !== manifest.root) {
      return refuse('ROOT_MISMATCH', 'manifest.root', 'must be the RFC 9162 root over the lines');
    }
    return { ok: true, entries: parseEntries(lines) };
  } catch (error) {
    return asRefusal(error);
  }
}

function asRefusal(error: unknown): SubmissionRefusal {
  if (!(error instanceof ProtocolError)) throw error;
  return refuse(error.code, error.field, error.rule, error.line ?? null);
}
