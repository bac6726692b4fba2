import { signCompactJws, type SigningKey } from '#libs/keys';
import { provenanceOrigin, readLeaves, readProofText } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import {
  decodeDecisionColumn,
  DecisionTree,
  joinErasedLines,
  KEY_STANDING_TYP,
  lineLeafHashes,
  toHex,
  type EntryProof,
  type KeyStanding,
  type ProvedAuthor,
  type ProvedDecision,
  type ProvedLeaf,
} from '#libs/protocol';
import { MerkleTree } from '#libs/tlog';
import { readBlankLines } from '../blank-lines-column.js';
import type { FoundEntry } from './find-entry.js';
import { readDecisions } from './read-decisions.js';

/** In whose name proofs are made. */
export interface EntryProverOptions {
  /** Name of the hub. */
  readonly origin: string;
  /** Signs the standing of keys. */
  readonly promiseKey: SigningKey;
}

/** What a reader may see of a submission besides the line. */
export interface ProofView {
  /** Content body and decision line. */
  readonly withContent: boolean;
  /** Author body, manifest and key. */
  readonly withAuthor: boolean;
}

interface ProofPlan extends EntryProverOptions, ProofView {
  /** Statements that the standing of the key takes into account. */
  readonly size: number;
}

/** Puts together the proof of an entry, as far as its reader may see. The transaction sees one state, so all of it is under one checkpoint. */
export async function buildEntryProof(tx: Tx, found: FoundEntry, plan: ProofPlan): Promise<EntryProof> {
  const { index, line } = found;
  const erased = readBlankLines(found.blank);
  const lines = joinErasedLines(found.entries, erased, found.count);
  if (lines === null) throw new Error(`submission ${index} has other lines than were signed`);
  return {
    origin: plan.origin,
    index,
    line,
    entry: text(lines[line]!),
    path: MerkleTree.ofLeafHashes(lineLeafHashes(lines, erased)).inclusionProof(line).map(toHex),
    submission: await proveLeaf(tx, plan.origin, index),
    content: plan.withContent ? text(found.content) : null,
    decision: plan.withContent ? await proveDecision(tx, index, line) : null,
    author: plan.withAuthor ? await proveAuthor(tx, found, plan) : null,
  };
}

async function proveLeaf(tx: Tx, hub: string, index: number): Promise<ProvedLeaf> {
  const origin = provenanceOrigin(hub);
  const [leaf] = await readLeaves(tx, origin, index, index + 1);
  const proof = await readProofText(tx, origin, index);
  if (leaf === undefined || proof === null) throw new Error(`leaf ${index} of ${origin} cannot be proved`);
  return { leaf: text(leaf), proof };
}

async function proveDecision(tx: Tx, index: number, line: number): Promise<ProvedDecision> {
  const [submission] = await readDecisions(tx, [index]);
  return new DecisionTree(decodeDecisionColumn(submission!.decisions)).prove(line);
}

async function proveAuthor(tx: Tx, found: FoundEntry, plan: ProofPlan): Promise<ProvedAuthor> {
  return {
    body: text(found.author),
    manifest: found.manifest,
    key: await proveLeaf(tx, plan.origin, found.keyIndex),
    hub: await proveLeaf(tx, plan.origin, 0),
    standing: await signStanding(found, plan),
  };
}

function signStanding(
  { member, key, keyIndex, revoked, voidFrom }: FoundEntry,
  { origin, promiseKey, size }: ProofPlan,
): Promise<string> {
  // A revocation that the size does not cover yet is not said.
  const ended = revoked !== null && revoked < size;
  const payload: KeyStanding = {
    iss: origin,
    iat: Math.floor(Date.now() / 1000),
    size,
    member,
    key,
    since: keyIndex,
    revoked: ended ? revoked : null,
    voidFrom: ended ? voidFrom : null,
  };
  return signCompactJws({ typ: KEY_STANDING_TYP, payload, key: promiseKey });
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
