import type { HubPolicy } from '../config/hub-policy.js';
import { checkPromiseEvidence, EVIDENCE_VERSION, type CheckedEvidence } from '../submit/promise-evidence.js';
import { ANCHOR_EVIDENCE, checkAnchorEvidence, type CheckedAnchor } from './anchor-evidence.js';
import { checkForkEvidence, FORK_EVIDENCE, type CheckedFork } from './fork-evidence.js';

/** Evidence that holds, by its format. */
export type AnyEvidence =
  | { readonly format: 'promise'; readonly promise: CheckedEvidence }
  | { readonly format: 'heads'; readonly heads: CheckedFork }
  | { readonly format: 'anchor'; readonly anchor: CheckedAnchor };

/**
 * Verifies evidence of any format offline, under the pinned policy. What a file says it is decides by which rules it is checked.
 *
 * @returns null when it says that it is something else
 * @throws ClientError `PROOF_REJECTED`, naming the field and the rule that is broken
 */
export async function checkEvidence(
  hub: HubPolicy,
  file: Uint8Array,
  subject: string,
): Promise<AnyEvidence | null> {
  const begins = Buffer.from(file.subarray(0, 64)).toString('latin1');
  const says = (version: string): boolean => begins.startsWith(`{"cairn":"${version}"`);
  if (says(EVIDENCE_VERSION))
    return { format: 'promise', promise: await checkPromiseEvidence(hub, file, subject) };
  if (says(FORK_EVIDENCE)) return { format: 'heads', heads: await checkForkEvidence(hub, file, subject) };
  if (says(ANCHOR_EVIDENCE))
    return { format: 'anchor', anchor: await checkAnchorEvidence(hub, file, subject) };
  return null;
}
