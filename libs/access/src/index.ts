export { accessChallenge, type AccessRefusal } from './access-challenge.js';
export { checkAccessToken, type AccessTokenCheck, type TokenExpectation } from './access-token.js';
export { Authenticator, type Authentication, type Credentials } from './authenticator.js';
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
export { rolesOf, type Caller } from './caller.js';
export { createDemoIdentityProvider, type DemoIdentityProvider } from './people/demo-identity-provider.js';
export { DEMO_PERSONAS } from './people/demo-personas.js';
export { IdentityProvider, type IdentityProviderSettings } from './people/identity-provider.js';
export { ATTEMPT_SECONDS } from './people/login-attempts.js';
export { BackchannelLogout, type BackchannelResult } from './people/backchannel-logout.js';
export {
  AFTER_LOGOUT,
  BACKCHANNEL_PATH,
  CALLBACK_PATH,
  LOGIN_PATH,
  LOGOUT_PATH,
  PeopleLogin,
  TERMINAL_PATH,
  type FinishedLogin,
  type LoginRefusal,
} from './people/people-login.js';
export { AFTER_LOGIN } from './people/return-path.js';
export { cookieProfile, readCookie, setCookie, type CookieProfile } from './people/session-cookie.js';
export { IDLE_MINUTES, SESSION_HOURS, Sessions } from './people/sessions.js';
export { readTerminal } from './people/terminal-codes.js';
export { ReplayTickets, type ReplayReader, type ReplayTicketCheck } from './replay-tickets.js';
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
export { useProof, type ProofUse } from './used-proofs.js';
