import type { Role } from '#libs/access';
import type { FieldAccess } from '../graphql/field-guard.js';
import { rules } from '../graphql/field-rules.js';

const ADMIN: readonly Role[] = ['member_admin'];
const APPROVER: readonly Role[] = ['approver'];
const CONFIRMERS: readonly Role[] = ['vetter', 'approver'];
const STAFF: readonly Role[] = ['vetter', 'approver', 'auditor'];
const ACTORS: readonly Role[] = ['vetter', 'approver', 'member_admin'];
const READERS: readonly Role[] = [...STAFF, 'member_admin'];

/** Rules about keys of members, as people have to do with them. Private keys never come here, and a nonce is shown once. */
export const KEYS_ACCESS: FieldAccess = { ...actRules(), ...keyRules(), ...resultRules() };

function actRules(): FieldAccess {
  return {
    ...rules('Query', READERS, {
      memberKeys:
        'an administrator of its own member only; staff, who confirm, stop and audit keys, of every one',
    }),
    ...rules('Mutation', ADMIN, {
      registerKey: 'for the own member; it takes effect by proofs, and by staff or an active key',
      challengeKeyAgain: 'for a key that the own member uploaded',
      proveKey: 'for a key that the own member uploaded',
      withdrawKey: 'a key of the own member that is not registered yet',
      retireKey: 'a key of the own member',
      revokeKey: 'a key of the own member',
      proposeKeySet: 'for the own member; an approver must agree',
      removeKeySet: 'that of the own member',
      refreshKeySet: 'that of the own member',
    }),
    ...rules('Mutation', CONFIRMERS, {
      confirmKeyFingerprint: 'staff who heard the fingerprint, and have no part in the member',
      withdrawKeyRegistration: 'staff who heard another fingerprint, or none',
    }),
    ...rules('Mutation', APPROVER, {
      approveKeySet: 'from then on a host speaks for the member: an approver with no part in the member',
      revokeMemberKey: 'a stolen key must be stopped at once, also when nobody of its member can be reached',
    }),
  };
}

function keyRules(): FieldAccess {
  const own = 'of the own member, or of one that staff look after';
  const logged = 'public in the provenance log once the key is stated there';
  return {
    ...rules('MemberKeys', READERS, { member: 'echo of the request', keys: own, keySet: own }),
    ...rules('MemberKey', READERS, {
      thumbprint: logged,
      fingerprint: 'follows from the public key',
      purpose: logged,
      state: own,
      route: own,
      createdAt: own,
      notAfter: own,
      overlapEndsAt: own,
      unlistedAt: own,
      endReason: logged,
      endedAt: own,
      endSince: own,
      addedIndex: logged,
      revokedIndex: logged,
      history: own,
      registration: `${own}; never the nonce`,
    }),
    ...rules('KeyMove', READERS, { from: own, to: own, at: own }),
    ...rules('KeyMove', STAFF, { actor: 'who of the staff did it is not for members' }),
    ...rules('KeyRegistration', READERS, {
      challengeExpiresAt: own,
      provedAt: own,
      confirmations: `${own}; a number, without who`,
    }),
    ...rules('MemberKeySet', READERS, {
      url: own,
      proposedUrl: own,
      fetchedAt: own,
      attemptedAt: own,
      failure: `${own}; a code of the hub, nothing that the host sent`,
    }),
  };
}

function resultRules(): FieldAccess {
  const own = 'the challenge for the caller’s own request';
  return {
    ...rules('KeyChallenge', ADMIN, {
      member: own,
      key: own,
      fingerprint: own,
      audience: own,
      nonce: `${own}, shown once`,
      expiresAt: own,
      route: own,
    }),
    ...rules('KeyActed', ACTORS, { member: 'echo of the request', key: 'the key that the caller acted on' }),
    ...rules('KeySetActed', ACTORS, {
      member: 'echo of the request',
      keySet: 'the set that the caller acted on',
    }),
  };
}
