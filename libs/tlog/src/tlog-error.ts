/**
 * What went wrong:
 * - `malformed`: bytes or text that are not in the one accepted spelling;
 * - `too_large`: a count or length over a stated limit;
 * - `out_of_range`: an integer that is negative, not a safe integer, or outside the tree it refers to;
 * - `proof_rejected`: a proof of the wrong shape, or one that does not lead to the expected root;
 * - `root_mismatch`: leaves or tiles that do not hash to the expected root;
 * - `bad_key`: a verifier key that is not usable, or two keys that cannot be told apart;
 * - `bad_signature`: a signature by a known key that does not verify, or a signer that returned nonsense;
 * - `unsigned`: no signature by any key that had to sign;
 * - `wrong_origin`: a checkpoint of another log;
 * - `quorum_not_met`: too few witnesses cosigned;
 * - `stale`: enough witnesses cosigned, but too few of them lately;
 * - `bad_policy`: a policy that contradicts itself or cannot answer the question put to it;
 * - `missing_tile`: a tile reader has no such tile.
 */
export type TlogErrorCode =
  | 'malformed'
  | 'too_large'
  | 'out_of_range'
  | 'proof_rejected'
  | 'root_mismatch'
  | 'bad_key'
  | 'bad_signature'
  | 'unsigned'
  | 'wrong_origin'
  | 'quorum_not_met'
  | 'stale'
  | 'bad_policy'
  | 'missing_tile';

/**
 * The one error of this library. Parsers and verifiers alike return their value when all is well and throw
 * this otherwise, so a caller who forgets to look at a result fails closed. The message names the field and
 * the rule and never holds a hash, a key or a signature.
 */
export class TlogError extends Error {
  readonly code: TlogErrorCode;

  constructor(code: TlogErrorCode, message: string) {
    super(message);
    this.name = 'TlogError';
    this.code = code;
  }
}
