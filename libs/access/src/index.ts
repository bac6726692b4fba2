export { accessChallenge, type AccessRefusal } from './access-challenge.js';
export { checkAccessToken, type AccessTokenCheck, type TokenExpectation } from './access-token.js';
export { Authenticator, type Authentication, type Caller, type Credentials } from './authenticator.js';
export { ChannelTickets, TICKET_SECONDS, type ChannelTicket, type TicketCheck } from './channel-tickets.js';
export {
  checkProof,
  PROOF_FUTURE_SECONDS,
  PROOF_PAST_SECONDS,
  type CheckedProof,
  type ProofCheck,
  type ProofExpectation,
} from './proof-check.js';
export { normaliseProofUrl } from './proof-url.js';
export { ROLES, type Role } from './roles.js';
export { SealedCursors, type CursorScope } from './sealed-cursors.js';
export { serverMetadata } from './server-metadata.js';
export {
  createTokenEndpoint,
  type TokenEndpoint,
  type TokenEndpointOptions,
  type TokenRefusal,
} from './token-endpoint.js';
export {
  ACCESS_TOKEN_TYP,
  JWKS_PATH,
  METADATA_PATH,
  SCOPE,
  TOKEN_PATH,
  TOKEN_SECONDS,
  tokenProfile,
  type TokenProfile,
} from './token-profile.js';
export { forgetExpiredAssertions } from './token-state.adapter.js';
export { forgetUsedProofs, useProof, type ProofUse } from './used-proofs.js';
