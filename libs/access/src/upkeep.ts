/** What a worker forgets from time to time: an entry of its own, since it needs nothing of what answers requests. */
export { forgetEndedSessions } from './people/sessions.js';
export { forgetExpiredAssertions } from './token-state.js';
export { forgetUsedProofs } from './used-proofs.js';
