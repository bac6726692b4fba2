import type { MemberExposure as Member, SignedChange } from '#libs/feed';
import type { PersonExposure as Person } from '#libs/provenance';
import { FeedAccessWay } from '../access-history/access-history.types.js';
import type { MemberExposure, RecordChange } from './exposure.types.js';
import { PersonExposureKind, type PersonExposure } from './person-exposure.types.js';

const OPS = { add: 'ADDED', update: 'UPDATED', remove: 'REMOVED' } as const;

export function toChange({ round, op, signedAt }: SignedChange): RecordChange {
  return { round, op: OPS[op], signedAt };
}

export function toMember({ way, windows, ...exposure }: Member): MemberExposure {
  return {
    ...exposure,
    way: FeedAccessWay[way.toUpperCase() as keyof typeof FeedAccessWay],
    windows: [...windows],
  };
}

export function toPerson({ kind, person, ...exposure }: Person): PersonExposure {
  return {
    ...exposure,
    kind: PersonExposureKind[kind.toUpperCase() as keyof typeof PersonExposureKind],
    person: String(person),
  };
}
