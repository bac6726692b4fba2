import { leafHash } from '#libs/tlog';
import type { ProjectionState } from '../projection/state.js';
import type { StateStatement } from '../statement/statement.js';
import { StateChunks } from './state-chunk-encoder.js';
import { encodeStateDirectory } from './state-directory-encoder.js';
import { STATE_LEAVES, STATE_SALT_BYTES, stateRoot } from './state-leaves.js';

/** The leaves of a state, one at a time. The state must not change meanwhile. */
export class StateEncoder {
  private readonly chunks: StateChunks;

  constructor(private readonly state: ProjectionState) {
    this.chunks = new StateChunks(state);
  }

  /**
   * Leaf `number`: 0 is the directory, 1 to 256 are the chunks.
   *
   * @param salt 16 random bytes: a hub's own, fresh for each leaf, or those that a hub used.
   */
  leaf(number: number, salt: Uint8Array): Uint8Array {
    return number === 0 ? encodeStateDirectory(this.state, salt) : this.chunks.encode(number - 1, salt);
  }

  /** Root of all leaves with these salts, one for each leaf in order; hex. */
  root(salts: readonly Uint8Array[]): string {
    return stateRoot(salts.map((salt, number) => leafHash(this.leaf(number, salt))));
  }
}

/**
 * Whether a `state` statement commits to the state that a verifier reached by itself, after `statement.size` statements. The hub gives the
 * salts, and needs to give nothing else: everything behind them is the verifier's own.
 *
 * @param salts the first 16 bytes of each of the 257 leaves, in order.
 */
export function meetsState(
  state: ProjectionState,
  statement: StateStatement,
  salts: readonly Uint8Array[],
): boolean {
  if (state.size !== statement.size || salts.length !== STATE_LEAVES) return false;
  if (salts.some((salt) => salt.length !== STATE_SALT_BYTES)) return false;
  return new StateEncoder(state).root(salts) === statement.root;
}
