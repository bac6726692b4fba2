import {
  commitment,
  decodeAuthor,
  decodeContent,
  decodeStatement,
  ProtocolError,
  toHex,
  type SubmissionStatement,
} from '#libs/protocol';
import { leafHash, sha256, TlogError, verifyTlogProof, type TlogPolicy } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import type { HubSubmission } from './hub-submissions.js';

/** Under what a proof is verified. */
export interface ProofContext {
  readonly policy: TlogPolicy;
  /** The hub's name. */
  readonly origin: string;
  readonly member: string;
}

/**
 * Verifies that a submission is in the log: its leaf is in the tree that a checkpoint accepted by the pinned policy signs,
 * and the leaf commits to this member, this submission, and the manifest that was sent.
 *
 * @param manifest  compact JWS that was sent; null when it was sent from elsewhere
 * @returns false while the hub does not claim that a signed checkpoint covers it
 * @throws ClientError `PROOF_REJECTED`
 */
export function proveSubmission(
  context: ProofContext,
  found: HubSubmission,
  manifest: string | null,
): boolean {
  const subject = `proof of submission ${found.jti}`;
  const { proof, leaf, author } = found;
  if (proof === null || leaf === null || author === null) {
    if (found.state !== 'PUBLISHED') return false;
    throw new ClientError('PROOF_REJECTED', subject, 'the hub says that it is published and gives no proof');
  }
  try {
    const broken = brokenLink(context, { ...found, proof, leaf, author }, manifest);
    if (broken === null) return true;
    throw new ClientError('PROOF_REJECTED', subject, broken);
  } catch (cause) {
    if (!(cause instanceof TlogError) && !(cause instanceof ProtocolError)) throw cause;
    throw new ClientError('PROOF_REJECTED', subject, cause.message, { cause });
  }
}

/** The first link of the chain from the signed root to the manifest that does not hold, or null. */
function brokenLink(
  { policy, origin, member }: ProofContext,
  found: HubSubmission & { proof: string; leaf: string; author: string },
  manifest: string | null,
): string | null {
  const leaf = Buffer.from(found.leaf);
  const { index } = verifyTlogProof(policy, found.proof, leafHash(leaf), `${origin}/log`);
  if (index !== found.logIndex) return 'it is about another leaf than the hub names';
  const statement = decodeStatement(leaf);
  if (statement.kind !== 'submission') return 'the leaf is no submission';
  const author = Buffer.from(found.author);
  if (commitment(author) !== statement.author) return 'the leaf does not commit to this author';
  const body = decodeAuthor(author);
  if (body.member !== member || body.counter !== found.counter) return 'the leaf is about another submission';
  if (manifest !== null && body.manifest !== toHex(sha256(Buffer.from(manifest)))) {
    return 'the leaf commits to another manifest than was sent';
  }
  return found.content === null ? null : brokenContent(statement, found.content, found);
}

function brokenContent(statement: SubmissionStatement, text: string, found: HubSubmission): string | null {
  const content = Buffer.from(text);
  if (commitment(content) !== statement.content) return 'the leaf does not commit to this content';
  const { channel, count, accepted, held, rejected } = decodeContent(content);
  const same =
    channel === found.channel &&
    count === found.count &&
    accepted === found.accepted &&
    held === found.held &&
    rejected === found.rejected;
  return same ? null : 'the content that the leaf commits to differs from what the hub says';
}
