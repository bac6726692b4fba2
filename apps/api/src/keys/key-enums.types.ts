import { registerEnumType } from '@nestjs/graphql';

/** States of a key, by their names in the database. */
export const KeyState = {
  PENDING: 'pending',
  ACTIVE: 'active',
  RETIRING: 'retiring',
  RETIRED: 'retired',
  REVOKED: 'revoked',
  WITHDRAWN: 'withdrawn',
} as const;

registerEnumType(KeyState, {
  name: 'KeyState',
  description: 'Where a key stands.',
  valuesMap: {
    PENDING: { description: 'Waits for its registration or for its statement in the log; can do nothing.' },
    ACTIVE: { description: 'Stands for its member, and vouches for new keys of its purpose.' },
    RETIRING: { description: 'Has a successor: good for what the overlap allows, and vouches for no key.' },
    RETIRED: { description: 'Its overlap has ended. For good.' },
    REVOKED: { description: 'Was lost or is in the wrong hands. For good.' },
    WITHDRAWN: { description: 'Never became active. It may be uploaded again.' },
  },
});

/** How a key came, by names of the database. */
export const KeyRoute = {
  OPERATOR: 'operator',
  CEREMONY: 'ceremony',
  ROTATION: 'rotation',
  KEY_SET: 'key_set',
} as const;

registerEnumType(KeyRoute, {
  name: 'KeyRoute',
  description: 'How a key comes to stand for its member.',
  valuesMap: {
    OPERATOR: { description: 'The operator of the hub added it.' },
    CEREMONY: { description: 'Two staff confirm its fingerprint.' },
    ROTATION: { description: 'An active key of the same purpose signs for it.' },
    KEY_SET: { description: 'It is in the JWK Set of its member.' },
  },
});

/** Why a key ended, by names of the protocol. */
export const KeyEndReason = { COMPROMISED: 'compromised', LOST: 'lost', RETIRED: 'retired' } as const;

registerEnumType(KeyEndReason, {
  name: 'KeyEndReason',
  description: 'Why a key ended.',
  valuesMap: {
    COMPROMISED: { description: 'Others may have it: what was received from a moment on is void.' },
    LOST: { description: 'Nobody has it any more; nothing becomes void.' },
    RETIRED: { description: 'It has a successor; nothing becomes void.' },
  },
});

/** Why a key is revoked. */
export const KeyRevocationReason = { COMPROMISED: 'compromised', LOST: 'lost' } as const;

registerEnumType(KeyRevocationReason, {
  name: 'KeyRevocationReason',
  description: 'Why a key is revoked.',
  valuesMap: {
    COMPROMISED: { description: 'Others may have it; `since` says from when on.' },
    LOST: { description: 'Nobody has it any more, and nobody else ever had it.' },
  },
});
