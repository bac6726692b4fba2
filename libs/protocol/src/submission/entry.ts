import {
  requireArray,
  requireAscending,
  requireCode,
  requireInteger,
  requireMember,
  requireMembers,
  requireObject,
  requireOneOf,
  requireSalt,
} from '../fields.js';
import { LIMITS } from '../limits.js';
import { ProtocolError } from '../protocol-error.js';
import { signalTypeByName, SIGNAL_TYPES } from '../signal-types/registry.js';
import type { SignalType } from '../signal-types/signal-type.js';
import { parseDay } from './day.js';
import {
  OPERATIONS,
  RESERVED_OPERATIONS,
  RETRACTION_REASONS,
  type Operation,
  type RetractionReason,
} from './operations.js';

/** What kind of media the signal was computed from. */
export const MEDIA = ['image', 'video', 'audio', 'text', 'other'] as const;

/** What every entry says, whatever its operation. */
interface EntryBase {
  type: SignalType;
  /** The record key: the value's bytes, or their SHA-256 for types without a fixed length. */
  key: Uint8Array;
  /** 128 random bits in hex, so that the line's leaf hash does not give the value away. */
  salt: string;
}

/** A member's claim that the signal belongs in the channel. */
export interface AssertEntry extends EntryBase {
  op: 'assert';
  /** Labels of the channel's policy, ascending and distinct. */
  labels: readonly string[];
  /** Quality of a perceptual hash, 0 to 100. */
  quality: number | null;
  /** First day (days since 1970-01-01, UTC) on which the claim no longer stands. */
  expires: number | null;
  /** Code of the legal basis on which the author shares it. */
  legalBasis: string | null;
  media: (typeof MEDIA)[number] | null;
}

/** A member's withdrawal of its own claim. */
export interface RetractEntry extends EntryBase {
  op: 'retract';
  /** `withdrawn` when the line gives none. */
  reason: RetractionReason;
}

/** One operation of one member on one signal. */
export type Entry = AssertEntry | RetractEntry;

const COMMON = ['op', 'type', 'value', 'salt'];
const ASSERT_ONLY = ['labels', 'quality', 'expires', 'legalBasis', 'media'];

/**
 * Validates one parsed line of a submission (docs/protocol-submission.md, "Entries").
 *
 * @throws ProtocolError naming the field and the rule; never the value.
 */
export function readEntry(json: unknown): Entry {
  const line = requireObject(json, 'entry');
  requireMember(line, 'op');
  const op = readOperation(line['op']);
  requireMembers(line, COMMON, op === 'assert' ? ASSERT_ONLY : ['reason']);
  const type = readType(line['type']);
  const key = readValue(type, line['value']);
  const salt = requireSalt(line['salt'], 'salt');
  // Spelt out, because spreading a common part costs more than all the rest of reading a line.
  if (op === 'retract') return { op, type, key, salt, reason: readReason(line['reason']) };
  return {
    op,
    type,
    key,
    salt,
    labels: readLabels(line['labels']),
    quality: readQuality(type, line['quality']),
    expires: line['expires'] === undefined ? null : readExpires(line['expires']),
    legalBasis: line['legalBasis'] === undefined ? null : requireCode(line['legalBasis'], 'legalBasis'),
    media: line['media'] === undefined ? null : requireOneOf(line['media'], 'media', MEDIA),
  };
}

function readOperation(value: unknown): Operation {
  if (typeof value === 'string' && Object.hasOwn(OPERATIONS, value)) return value as Operation;
  if (typeof value === 'string' && RESERVED_OPERATIONS.includes(value)) {
    throw new ProtocolError({
      code: 'OPERATION_NOT_ENABLED',
      field: 'op',
      rule: `${value} is not enabled on this hub; use ${Object.keys(OPERATIONS).join(' or ')}`,
    });
  }
  throw new ProtocolError({
    code: 'UNKNOWN_OPERATION',
    field: 'op',
    rule: `must be one of ${Object.keys(OPERATIONS).join(', ')}`,
  });
}

function readType(value: unknown): SignalType {
  const type = typeof value === 'string' ? signalTypeByName(value) : undefined;
  if (type !== undefined) return type;
  const names = SIGNAL_TYPES.map((known) => known.name).join(', ');
  throw new ProtocolError({ code: 'UNKNOWN_TYPE', field: 'type', rule: `must be one of ${names}` });
}

function readValue(type: SignalType, value: unknown): Uint8Array {
  const parsed =
    typeof value === 'string' ? type.parse(value) : ({ ok: false, rule: 'must be a string' } as const);
  if (parsed.ok) return parsed.key;
  throw new ProtocolError({ code: 'BAD_VALUE', field: 'value', rule: parsed.rule });
}

function readReason(value: unknown): RetractionReason {
  if (value === undefined) return 'withdrawn';
  return requireOneOf(value, 'reason', Object.keys(RETRACTION_REASONS) as RetractionReason[]);
}

const NO_LABELS: readonly string[] = [];

function readLabels(value: unknown): readonly string[] {
  if (value === undefined) return NO_LABELS;
  const labels = requireArray(value, 'labels', LIMITS.labels).map((label) => requireCode(label, 'labels'));
  requireAscending(labels, 'labels');
  return labels;
}

function readQuality(type: SignalType, value: unknown): number | null {
  if (value === undefined) return null;
  if (!type.perceptual) {
    throw new ProtocolError({
      code: 'BAD_FIELD',
      field: 'quality',
      rule: 'is only for perceptual types such as pdq',
    });
  }
  return requireInteger(value, 'quality', 0, 100);
}

function readExpires(value: unknown): number {
  const day = typeof value === 'string' ? parseDay(value) : null;
  if (day !== null) return day;
  throw new ProtocolError({
    code: 'BAD_FIELD',
    field: 'expires',
    rule: 'must be a day of the calendar as YYYY-MM-DD, from 1970-01-01 on',
  });
}
