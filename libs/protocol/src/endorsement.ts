import {
  requireDigest,
  requireInteger,
  requireMembers,
  requireName,
  requireObject,
  requireOneOf,
  requireText,
} from './fields.js';
import { requireOrigin } from './submission/manifest.js';

/** `typ` of the compact JWS that carries an endorsement. */
export const ENDORSEMENT_TYP = 'cairn-endorsement+jws';

/** What ties an endorser to an applicant. Only an endorsement with `none` counts; any other is disclosed and shown. */
export const RELATIONSHIPS = [
  'none',
  'ownership',
  'shared_officers',
  'supplier',
  'customer',
  'funding',
  'other',
] as const;
/** One of {@link RELATIONSHIPS}. */
export type Relationship = (typeof RELATIONSHIPS)[number];

/** What a member signs for an applicant (docs/protocol-keys.md, "Endorsements"). */
export interface Endorsement {
  /** The endorsing member. */
  iss: string;
  /** Origin of the hub. */
  aud: string;
  /** Lower-case UUID, chosen by the member; with `iss` the identity of the endorsement for ever. */
  jti: string;
  /** Seconds since 1970-01-01 UTC at which the member signed. */
  iat: number;
  applicant: {
    /** Id of the application, a lower-case UUID. */
    application: string;
    /** SHA-256 of the applicant's legal name in UTF-8, hex. */
    legalName: string;
  };
  relationship: Relationship;
  /** In words: required unless the relationship is `none`; else null or a recommendation. */
  note: string | null;
}

const MEMBERS = ['iss', 'aud', 'jti', 'iat', 'applicant', 'relationship', 'note'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UUID_RULE = 'must be a lower-case UUID (RFC 9562)';
const NOTE = /^[^\p{Cc}\p{Cs}]{1,1000}$/u;

/**
 * Validates the payload of an endorsement.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readEndorsement(json: unknown): Endorsement {
  const payload = requireObject(json, 'endorsement');
  requireMembers(payload, MEMBERS, [], 'endorsement.');
  const applicant = requireObject(payload['applicant'], 'endorsement.applicant');
  requireMembers(applicant, ['application', 'legalName'], [], 'endorsement.applicant.');
  const relationship = requireOneOf(payload['relationship'], 'endorsement.relationship', RELATIONSHIPS);
  const mayBeSilent = relationship === 'none' && payload['note'] === null;
  return {
    iss: requireName(payload['iss'], 'endorsement.iss'),
    aud: requireOrigin(payload['aud'], 'endorsement.aud'),
    jti: requireText(payload['jti'], 'endorsement.jti', UUID, UUID_RULE),
    iat: requireInteger(payload['iat'], 'endorsement.iat', 0),
    applicant: {
      application: requireText(
        applicant['application'],
        'endorsement.applicant.application',
        UUID,
        UUID_RULE,
      ),
      legalName: requireDigest(applicant['legalName'], 'endorsement.applicant.legalName'),
    },
    relationship,
    note: mayBeSilent
      ? null
      : requireText(payload['note'], 'endorsement.note', NOTE, 'must be 1 to 1000 printable characters'),
  };
}
