import { MAX_STATE_LEAF_BYTES, STATE_LEAVES, STATE_SALT_BYTES } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { FetchFile } from '../log/static-log.js';

/** Fetches the leaves of states (docs/protocol-state.md, "Who sees a state"). Nothing that it returns is verified. */
export class StateSource {
  constructor(private readonly fetchFile: FetchFile) {}

  /**
   * A leaf of the state whose statement has a log index; null when the hub does not keep it.
   *
   * @param number 0 for the directory, 1 to 256 for the chunks
   * @throws ClientError as fetching does
   */
  async leaf(index: number, number: number): Promise<Uint8Array | null> {
    const subject = `leaf ${number} of the state at log index ${index}`;
    return this.fetchFile(`state/${index}/${number}`, { maxBytes: MAX_STATE_LEAF_BYTES, subject });
  }

  /**
   * The salts of its leaves, in order; null when the hub does not keep it.
   *
   * @throws ClientError `EVIDENCE_MALFORMED`, or as fetching does
   */
  async salts(index: number): Promise<Uint8Array | null> {
    const subject = `salts of the state at log index ${index}`;
    const length = STATE_LEAVES * STATE_SALT_BYTES;
    const salts = await this.fetchFile(`state/${index}/salts`, { maxBytes: length, subject });
    if (salts === null || salts.length === length) return salts;
    throw new ClientError('EVIDENCE_MALFORMED', subject, `must have ${length} bytes`);
  }
}

/** The salt of one leaf. */
export function saltOf(salts: Uint8Array, leaf: number): Uint8Array {
  return salts.subarray(leaf * STATE_SALT_BYTES, (leaf + 1) * STATE_SALT_BYTES);
}
