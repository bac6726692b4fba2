import { fromHex, openLeaf, ProtocolError, type ProofTrust, type ProvedLeaf } from '#libs/protocol';
import { TlogError, verifyCheckpoint, type TreeHead } from '#libs/tlog';

/** A head under a signature of the hub: its checkpoint, or a `published` statement of the provenance log with its proof. */
export type SignedHead = { readonly note: string } | ProvedLeaf;

/** A signed head that holds. */
export interface OpenedHead extends TreeHead {
  /** Index and time (Unix milliseconds) of the `published` statement; null for a checkpoint. */
  readonly published: { readonly index: number; readonly time: number } | null;
}

/**
 * Opens a signed head of a log.
 *
 * @param field  named in errors
 * @param log    name of the log
 * @throws ProtocolError BAD_SIGNATURE, NOT_IN_LOG, EVIDENCE_MISMATCH
 */
export function openSignedHead(head: SignedHead, field: string, log: string, trust: ProofTrust): OpenedHead {
  if ('note' in head) return { ...openNote(head.note, `${field}.note`, log, trust), published: null };
  const { statement, index } = openLeaf(head, field, trust);
  const feed = log.slice(`${trust.origin}/feed/`.length);
  const named =
    statement.kind === 'published' && log === `${trust.origin}/feed/${feed}`
      ? statement.feeds.find((published) => published.feed === feed)
      : undefined;
  if (named === undefined)
    throw new ProtocolError({
      code: 'EVIDENCE_MISMATCH',
      field: `${field}.leaf`,
      rule: 'must be a published statement that names the log',
    });
  const { size, root } = named;
  return { size, root: fromHex(root)!, published: { index, time: statement.time } };
}

/**
 * The head that a checkpoint says.
 *
 * @throws ProtocolError BAD_SIGNATURE
 */
export function openNote(note: string, field: string, log: string, { policy }: ProofTrust): TreeHead {
  try {
    const { size, root } = verifyCheckpoint(policy, note, log);
    return { size, root };
  } catch (error) {
    if (!(error instanceof TlogError)) throw error;
    const rule = `must be a checkpoint of the log that the policy accepts (${error.code})`;
    throw new ProtocolError({ code: 'BAD_SIGNATURE', field, rule });
  }
}
