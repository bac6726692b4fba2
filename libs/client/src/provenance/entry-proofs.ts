import { gatePublicKey, verifyCompactJws } from '#libs/keys';
import {
  verifyEntryProof,
  type JsonObject,
  type ProofTrust,
  type VerifiedEntryProof,
  type VerifyToken,
} from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { HubPolicy } from '../config/hub-policy.js';
import { rejecting } from '../evidence/evidence-document.js';
import type { Operation } from '../http/graphql.js';
import { AnswerObject } from '../http/json-answer.js';

/** The entry whose proof is asked for. */
export interface WantedEntry {
  /** Signal type and canonical value. */
  readonly type: string;
  readonly value: string;
  readonly channel: string;
  /** Log index of its submission; null for the latest about the signal. */
  readonly index: number | null;
  /** Why staff read it; needed for anonymous entries, and recorded. */
  readonly purpose?: string | undefined;
}

/** An entry proof that holds under the pinned policy. */
export interface CheckedEntryProof {
  /** Exact bytes of the file. */
  readonly file: Uint8Array;
  readonly verified: VerifiedEntryProof;
}

const ENTRY_PROOF = `query ($type: String!, $value: String!, $channel: String!, $index: SafeInt, $purpose: String) {
  entryProof(type: $type, value: $value, channel: $channel, index: $index, purpose: $purpose) {
    __typename ... on EntryProof { document } ... on EntryErased { erasedBy } ... on ActRefused { code field rule }
  }
}`;
const MAX_TOKEN_BYTES = 4096;

/** Asks for a proof. */
export function entryProofOperation({ type, value, channel, index, purpose }: WantedEntry): Operation {
  return {
    query: ENTRY_PROOF,
    variables: { type, value, channel, index, purpose: purpose ?? null },
    subject: `entry in ${channel}`,
  };
}

/**
 * The proof in a hub's answer: it must hold, and be about what was asked for.
 *
 * @throws ClientError `PROOF_REJECTED`, `ERASED`
 */
export async function acceptEntryProof(
  hub: HubPolicy,
  wanted: WantedEntry,
  answer: JsonObject,
): Promise<CheckedEntryProof> {
  const subject = `entry in ${wanted.channel}`;
  const at = new AnswerObject(answer, subject).optionalInteger('erasedBy');
  if (at !== null) {
    throw new ClientError('ERASED', subject, `it was erased by the statement at log index ${at}`);
  }
  const file = Buffer.from(new AnswerObject(answer, subject).text('document'));
  const verified = await checkEntryProof(hub, file, subject);
  const { entry, index, content, author } = verified;
  const asked =
    entry.type.name === wanted.type &&
    entry.type.format(entry.key) === wanted.value &&
    (content ?? author!).channel === wanted.channel &&
    (wanted.index === null || wanted.index === index);
  if (asked) return { file, verified };
  throw new ClientError('PROOF_REJECTED', subject, 'the hub proves another entry than was asked for');
}

/**
 * Verifies an entry proof offline, under the pinned policy and nothing else.
 *
 * @throws ClientError `PROOF_REJECTED`, naming the field and the rule that is broken
 */
export function checkEntryProof(
  hub: HubPolicy,
  file: Uint8Array,
  subject: string,
): Promise<VerifiedEntryProof> {
  return rejecting(subject, () => verifyEntryProof(file, proofTrust(hub)));
}

/** What a pinned policy lets a verifier trust. */
export function proofTrust({ origin, policy }: HubPolicy): ProofTrust {
  return { origin, policy, verifyToken };
}

const verifyToken: VerifyToken = async (token, typ, jwk) => {
  const gated = gatePublicKey(jwk);
  if (!gated.ok) return null;
  const verified = await verifyCompactJws({ token, typ, key: gated.key, maxBytes: MAX_TOKEN_BYTES });
  return verified.ok ? verified.payload : null;
};
