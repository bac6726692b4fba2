import type { LogHead } from '../submission/manifest.js';
import type { AdmissionPolicy } from './admission-policy.js';
import type { ChannelPolicy } from './channel-policy.js';

/** Public members of a registered key (RFC 7517), as the key gate writes them. */
export type PublicJwk =
  { kty: 'OKP'; crv: 'Ed25519'; x: string } | { kty: 'EC'; crv: 'P-256'; x: string; y: string };

/** Kinds of member organisation. A government body can only be an observer and is never given a right. */
export const MEMBER_KINDS = ['platform', 'hotline', 'ngo', 'academic', 'government'] as const;
/** One of {@link MEMBER_KINDS}. */
export type MemberKind = (typeof MEMBER_KINDS)[number];

/** Submissions have effect while their member is `active` or on `probation`; see {@link mayTakePart}. */
export const MEMBER_STATUSES = ['active', 'probation', 'suspended', 'expelled'] as const;
/** One of {@link MEMBER_STATUSES}. */
export type MemberStatus = (typeof MEMBER_STATUSES)[number];

/** Whether a member of this status submits with effect and receives. */
export function mayTakePart(status: MemberStatus): boolean {
  return status === 'active' || status === 'probation';
}

/** `auth` keys ask for access tokens, `signing` keys sign manifests; neither serves for the other. */
export const KEY_PURPOSES = ['auth', 'signing'] as const;
/** One of {@link KEY_PURPOSES}. */
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** Why a key is revoked. What becomes of its operations depends on `from` alone. */
export const REVOCATION_REASONS = ['compromised', 'lost', 'retired'] as const;
/** One of {@link REVOCATION_REASONS}. */
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** Index 0 of every provenance log: whose it is, and the hub's keys that are not log keys. */
export interface HubStatement {
  kind: 'hub';
  /** Name of the hub; its log is `<origin>/log`. */
  origin: string;
  /** At most 16. */
  keys: readonly { purpose: 'promise' | 'token'; jwk: PublicJwk }[];
}

/** A channel begins, or its policy changes. */
export interface ChannelStatement {
  kind: 'channel';
  channel: string;
  policy: ChannelPolicy;
}

/** A member is admitted, or its group, name or accreditation changes. `code` stands for it in feeds, for ever. */
export interface MemberStatement {
  kind: 'member';
  member: string;
  code: number;
  /** Name for people: 1 to 200 characters (code points), none of them a control character. */
  name: string;
  memberKind: MemberKind;
  /** Organisations under one control: they corroborate each other once. */
  group: string;
  /** Whether a hotline's own entries are `verified`. */
  accredited: boolean;
}

/** A member is put on probation, suspended, expelled or reinstated. Its standing claims stay; on probation they assure nobody else's. */
export interface MemberStatusStatement {
  kind: 'member_status';
  member: string;
  status: MemberStatus;
}

/** A member's key counts from here on. */
export interface KeyStatement {
  kind: 'key';
  member: string;
  purpose: KeyPurpose;
  /** RFC 7638 thumbprint of `jwk`. */
  key: string;
  jwk: PublicJwk;
}

/** A key counts no more, and every operation signed with it at log index `from` or later is void. */
export interface KeyRevokedStatement {
  kind: 'key_revoked';
  member: string;
  key: string;
  /** Log index, not later than that of this statement. */
  from: number;
  reason: RevocationReason;
}

/** Every operation of the member at log index `from` or later, up to this statement, is void. Later ones are not. */
export interface RecallStatement {
  kind: 'recall';
  member: string;
  /** Log index, not later than that of this statement. */
  from: number;
}

/** The member's authorised signatory accepted a version of the alliance's agreement. */
export interface AgreementStatement {
  kind: 'agreement';
  member: string;
  /** Version of the text. */
  version: number;
  /** SHA-256 of the text, hex. */
  digest: string;
}

/** By which rules members are admitted from here on. */
export interface AdmissionPolicyStatement {
  kind: 'admission_policy';
  policy: AdmissionPolicy;
}

/** The first staff are named by the operator, which is possible while there are none. Who they are is not public. */
export interface BootstrapStatement {
  kind: 'bootstrap';
  /** How many. */
  staff: number;
}

/** The rights of a member on a channel from here on: what is not given is taken. */
export interface RightStatement {
  kind: 'right';
  member: string;
  channel: string;
  submit: boolean;
  receive: boolean;
}

/** A decided submission: commitments to its content and to its author, and the head its author had seen. */
export interface SubmissionStatement {
  kind: 'submission';
  /** Commitment to the `ContentBody`, hex. */
  content: string;
  /** Commitment to the `AuthorBody`, hex. */
  author: string;
  /** As in the manifest. */
  head: LogHead | null;
}

/** Time passes: what fell due by this statement's time takes effect. */
export interface TickStatement {
  kind: 'tick';
}

/** Heads of the feeds, so that whoever follows this log follows them all. */
export interface PublishedStatement {
  kind: 'published';
  /** At most 370: channel, leaves of its feed's log and their RFC 9162 root in hex. */
  feeds: readonly { feed: string; size: number; root: string }[];
}

/** Head of the administrative audit trail (docs/protocol-audit.md): what staff and operator did up to here cannot be changed unseen. */
export interface AuditStatement {
  kind: 'audit';
  /** Number of events. */
  size: number;
  /** Chain value after the last of them, hex. */
  head: string;
}

/** A commitment to everything that follows from the log up to a size (docs/protocol-state.md). Nothing follows from it. */
export interface StateStatement {
  kind: 'state';
  /** Statements that the state follows from: at least 1, and none later than this one. */
  size: number;
  /** RFC 9162 root over the leaves of the state, hex. */
  root: string;
}

/** Why lines are erased. What is told of it in public is the code alone. */
export const ERASURE_REASONS = ['data_subject', 'court_order', 'legal', 'mistake'] as const;
/** One of {@link ERASURE_REASONS}. */
export type ErasureReason = (typeof ERASURE_REASONS)[number];

/** Where a line stands: log index of its submission, and its number there from 0. */
export interface LinePlace {
  index: number;
  line: number;
}

/** Lines are void from the start, and their bytes are deleted: whoever replays the log has only their leaf hashes. */
export interface EraseStatement {
  kind: 'erase';
  /** 1 to 1,000, ascending by index and line. Each is of a submission below this statement, and none was erased before. */
  lines: readonly LinePlace[];
  reason: ErasureReason;
}

/** A statement without its time. */
export type StatementBody =
  | HubStatement
  | ChannelStatement
  | MemberStatement
  | MemberStatusStatement
  | KeyStatement
  | KeyRevokedStatement
  | RightStatement
  | RecallStatement
  | AgreementStatement
  | AdmissionPolicyStatement
  | BootstrapStatement
  | SubmissionStatement
  | TickStatement
  | PublishedStatement
  | AuditStatement
  | StateStatement
  | EraseStatement;

/** One leaf of the provenance log. `time` is Unix milliseconds and never decreases along the log. */
export type Statement = StatementBody & { time: number };

/** Kinds of statement of this version. */
export type StatementKind = StatementBody['kind'];
