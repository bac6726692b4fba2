import { MerkleTree } from '#libs/tlog';
import { toHex } from '../hex.js';
import { decisionLeafHash, decisionLine, type Decision } from '../submission/decisions.js';
import type { ProvedDecision } from './entry-proof.js';

/** The decisions about a submission with the tree over their lines: made once, it proves any of them (docs/protocol-proof.md). */
export class DecisionTree {
  private readonly tree: MerkleTree;

  /** @param decisions in the order of the entries */
  constructor(private readonly decisions: readonly Decision[]) {
    this.tree = MerkleTree.ofLeafHashes(decisions.map((decision, line) => decisionLeafHash(line, decision)));
  }

  /**
   * The decision line about entry `line`, with its path to the decision root.
   *
   * @throws TlogError `out_of_range` when there is no such line
   */
  prove(line: number): ProvedDecision {
    const path = this.tree.inclusionProof(line).map(toHex);
    return { line: new TextDecoder().decode(decisionLine(line, this.decisions[line]!)), path };
  }
}
