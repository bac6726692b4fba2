export type { AdministrationFailure, AdministrationResult } from './administration-result.js';
export { applyMembershipStatement, type MembershipStatement } from './apply-statement.js';
export { ChannelAdministration } from './channel-administration.js';
export { MemberAdministration, type NewMember } from './member-administration.js';
export type { KeyProofs } from './keys/check-key-proofs.js';
export {
  KeyLifecycle,
  keyHistory,
  type KeyEvent,
  type KeyState,
  type RevokeKey,
} from './keys/key-lifecycle.js';
export { openRegistrations, type KeyRoute, type OpenRegistration } from './keys/key-registration-rows.js';
export {
  CHALLENGE_SECONDS,
  KeyRegistrations,
  type KeyChallenge,
  type KeyName,
  type NewKey,
} from './keys/key-registrations.js';
export { KEYS_CHANNEL } from './keys/keys-channel.js';
export { KeySetFetcher, type FetchedKeySet, type KeySetFailure } from './keys/key-set-fetcher.js';
export { findKeySet, KeySets, type KeySetStanding } from './keys/key-sets.js';
export { KeyStatements } from './keys/key-statements.js';
export {
  activeKeys,
  channelsOf,
  findChannelAccess,
  findKey,
  findStanding,
  KEY_STANDS,
  type ChannelAccess,
  type MemberKey,
  type MemberStanding,
} from './member-directory.js';
