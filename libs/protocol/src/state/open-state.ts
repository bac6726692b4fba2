import { leafHash } from '#libs/tlog';
import { toHex } from '../hex.js';
import { ProtocolError, type ProtocolErrorCode } from '../protocol-error.js';
import { reevaluate } from '../projection/reevaluate.js';
import type { ProjectionState, SignalState } from '../projection/state.js';
import type { StateStatement } from '../statement/statement.js';
import { StateChunkDecoder } from './state-chunk-decoder.js';
import { decodeStateDirectory } from './state-directory-decoder.js';
import { STATE_CHUNKS, STATE_LEAVES, stateRoot } from './state-leaves.js';

/**
 * Opens the state behind a `state` statement leaf by leaf, so that one leaf at a time is in memory. What comes out is what `project` gives
 * after `size` statements, and projecting goes on from it; only removal reasons of the past are left behind, which nothing to come gives
 * (docs/protocol-state.md).
 */
export class StateOpener {
  private readonly state: ProjectionState;
  private readonly decoder: StateChunkDecoder;
  private readonly hashes: Uint8Array[];

  /**
   * @param statement from a verified log.
   * @param origin of the pinned hub.
   * @param directory leaf 0.
   * @throws ProtocolError as `decodeStateDirectory`, or EVIDENCE_MISMATCH
   */
  constructor(
    private readonly statement: StateStatement,
    origin: string,
    directory: Uint8Array,
  ) {
    this.state = decodeStateDirectory(directory);
    check(this.state.size === statement.size, 'EVIDENCE_MISMATCH', 'size', 'must be that of the statement');
    check(this.state.origin === origin, 'EVIDENCE_MISMATCH', 'origin', 'must be the hub whose log it is');
    this.decoder = new StateChunkDecoder(this.state);
    this.hashes = [leafHash(directory)];
  }

  /** Leaves taken so far: the number of the next. */
  get leaves(): number {
    return this.hashes.length;
  }

  /**
   * Takes the next leaf: chunks 0 to 255 in order.
   *
   * @throws ProtocolError COUNT_MISMATCH, or as `StateChunkDecoder`; the opener is then of no more use.
   */
  add(leaf: Uint8Array): void {
    check(this.leaves < STATE_LEAVES, 'COUNT_MISMATCH', 'chunk', `there are ${STATE_CHUNKS}`);
    addStateChunk(this.state, this.decoder, this.leaves - 1, leaf);
    this.hashes.push(leafHash(leaf));
  }

  /**
   * The state, now that every leaf is there.
   *
   * @throws ProtocolError COUNT_MISMATCH, ROOT_MISMATCH: nothing that was read may be used.
   */
  finish(): ProjectionState {
    const root = stateRoot(this.hashes);
    check(root === this.statement.root, 'ROOT_MISMATCH', 'root', 'must be that of the statement');
    return this.state;
  }
}

/**
 * Puts the signals of a chunk, with their records, into the state whose directory the decoder reads by. Nothing vouches for them before the root
 * of all leaves is met.
 *
 * @param chunk 0 to 255.
 * @throws ProtocolError as `StateChunkDecoder`; the state is then of no more use.
 */
export function addStateChunk(
  state: ProjectionState,
  decoder: StateChunkDecoder,
  chunk: number,
  leaf: Uint8Array,
): void {
  for (const { channel, type, signal } of decoder.decode(chunk, leaf)) {
    const { signals } = state.channels.get(channel)!;
    const byKey = signals.get(type.name) ?? new Map<string, SignalState>();
    signals.set(type.name, byKey);
    byKey.set(toHex(signal.key), signal);
    reevaluate(state, [{ channel, type: type.name, signal }]);
  }
}

function check(holds: boolean, code: ProtocolErrorCode, field: string, rule: string): void {
  if (!holds) throw new ProtocolError({ code, field: `state.${field}`, rule });
}
