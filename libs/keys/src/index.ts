export { decodeBase64url, encodeBase64url } from './base64url.js';
export { deriveCheckpointKey, type CheckpointKey } from './checkpoint-key.js';
export {
  CLIENT_ASSERTION_TYP,
  CLIENT_ASSERTION_TYPE,
  createClientAssertion,
  type ClientAssertionOptions,
} from './client-assertion.js';
export { createDpopProof, DPOP_PROOF_TYP, tokenDigest, type DpopProofOptions } from './dpop-proof.js';
export { parseJwks, publicJwks, type JwksRefusalCode, type JwksResult, type PublicJwks } from './jwks.js';
export type { JwsHeader, JwsRefusal, JwsRefusalCode } from './jws-header.js';
export {
  loadOrCreateSeed,
  loadOrCreateSigningKey,
  loadSeed,
  loadSigningKey,
  saveSigningKey,
} from './key-files.js';
export { isFingerprintOf, keyFingerprint } from './key-fingerprint.js';
export { gatePublicKey, type KeyGateCode, type KeyGateResult, type KeyRefusal } from './key-gate.js';
export {
  createKeyProof,
  KEY_PROOF_TYP,
  verifyKeyProof,
  type KeyProofOptions,
  type KeyProofResult,
  type KeyProofSubject,
} from './key-proof.js';
export { KeysError, type KeysErrorCode } from './keys-error.js';
export { LogoutTokenVerifier, type LogoutToken, type LogoutTokenResult } from './logout-token.js';
export { createPrivateFile, readPrivateFile } from './private-file.js';
export {
  publicKeyObject,
  readStoredPublicKey,
  type PublicKeyRecord,
  type SignatureAlgorithm,
} from './public-key.js';
export { signCompactJws, type SignJwsOptions } from './sign-jws.js';
export { generateSigningKey, readPrivateJwk, writePrivateJwk, type SigningKey } from './signing-key.js';
export {
  verifyCompactJws,
  verifyEmbeddedJws,
  verifyJsonJws,
  type ResolveKey,
  type VerifiedJws,
  type VerifyEmbeddedJwsOptions,
  type VerifyEmbeddedJwsResult,
  type VerifyJsonJwsResult,
  type VerifyJwsOptions,
  type VerifyJwsResult,
} from './verify-jws.js';
