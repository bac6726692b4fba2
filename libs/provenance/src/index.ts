export type { EntryProverOptions } from './entry-proof/build-entry-proof.js';
export { EntryProver, type EntryProofResult, type ProofReader } from './entry-proof/entry-prover.js';
export type { WantedEntry } from './entry-proof/find-entry.js';
