import { formatTlogProof, MerkleTree, parseTlogProof } from '#libs/tlog';
import { fromHex, toHex } from '../hex.js';
import { utf8 } from '../refusal.arbitrary.js';
import {
  DECISIONS,
  exampleLog,
  JWK,
  jwkOf,
  LINES,
  signToken,
  TIME,
  verifyToken,
  type ExampleLog,
  type Tampering,
} from '../statement/example-log.arbitrary.js';
import { jwkThumbprint } from '../statement/jwk.js';
import { decisionLine } from '../submission/decisions.js';
import { splitLines } from '../submission/lines.js';
import type { EntryProof, ProvedLeaf } from './entry-proof.js';
import { KEY_STANDING_TYP, type KeyStanding } from './key-standing.js';
import type { ProofTrust } from './open-leaf.js';

/** RFC 8032, section 7.1, TEST 3: the hub's promise key. */
const PROMISE_SEED = fromHex('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7')!;
/** Index of the author's `key` statement. */
const KEY_INDEX = 3;

export const ORIGIN = 'hub.example.org';

/** The example's proofs of its second line. */
export interface ExampleProofs {
  log: ExampleLog;
  trust: ProofTrust;
  /** With author body, manifest and key. */
  whole: EntryProof;
  /** As members get it when the author is anonymous. */
  blinded: EntryProof;
  /** As an author gets it that may not receive the channel. */
  own: EntryProof;
}

/** Changes before anything is signed or hashed, so that only one rule is broken. */
export interface ProofTampering extends Tampering {
  standing?: Partial<KeyStanding>;
  /** Type of the token that says the key's standing. */
  typ?: string;
}

/** The example as a hub proves it. */
export async function exampleProofs(tampering: ProofTampering = {}, line = 1): Promise<ExampleProofs> {
  const hubKeys = [
    { purpose: 'token', jwk: JWK },
    { purpose: 'promise', jwk: jwkOf(PROMISE_SEED) },
  ] as const;
  const log = await exampleLog(ORIGIN, tampering, hubKeys);
  const note = parseTlogProof(log.reference.proof).checkpoint;
  const tree = MerkleTree.ofLeaves(log.leaves);
  const at = (index: number): ProvedLeaf => ({
    leaf: text(log.leaves[index]!),
    proof: formatTlogProof({ index, proof: tree.inclusionProof(index), checkpoint: note }),
  });
  const lines = splitLines(utf8(LINES));
  const decisions = DECISIONS.map((decision, n) => decisionLine(n, decision));
  const whole: EntryProof = {
    origin: ORIGIN,
    index: log.index,
    line,
    entry: text(lines[line]!),
    path: pathOf(lines, line),
    submission: at(log.index),
    content: text(log.bytes.content),
    decision: { line: text(decisions[line]!), path: pathOf(decisions, line) },
    author: {
      body: text(log.bytes.author),
      manifest: log.bytes.manifest,
      key: at(KEY_INDEX),
      hub: at(0),
      standing: standingToken(log, tampering),
    },
  };
  const trust = { origin: ORIGIN, policy: log.trust.policy, verifyToken };
  const blinded = { ...whole, author: null };
  return { log, trust, whole, blinded, own: { ...whole, content: null, decision: null } };
}

function standingToken({ leaves }: ExampleLog, { standing, typ }: ProofTampering): string {
  const payload: KeyStanding = {
    iss: ORIGIN,
    iat: TIME / 1000 + 3,
    size: leaves.length,
    member: 'hotline-a',
    key: jwkThumbprint(JWK),
    since: KEY_INDEX,
    revoked: null,
    voidFrom: null,
    ...standing,
  };
  return signToken(typ ?? KEY_STANDING_TYP, payload, PROMISE_SEED);
}

function pathOf(leaves: readonly Uint8Array[], index: number): string[] {
  return MerkleTree.ofLeaves(leaves).inclusionProof(index).map(toHex);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
