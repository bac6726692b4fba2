import {
  requireArray,
  requireAscending,
  requireCode,
  requireInteger,
  requireMembers,
  requireObject,
  requireOneOf,
} from '../fields.js';
import { ProtocolError } from '../protocol-error.js';
import { signalTypeByName } from '../signal-types/registry.js';

/** Markings of the Traffic Light Protocol 2.0 (FIRST), least restricted first. */
export const TLP = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;

/** The rules of a channel as its latest statement gives them. */
export interface ChannelPolicy {
  /** Traffic Light Protocol 2.0 marking of everything in the channel. */
  tlp: (typeof TLP)[number];
  /** Signal types that may be submitted, ascending. */
  types: readonly string[];
  /** Labels with the code that stands for each in feeds, ascending by code. Never renamed, removed or reused. */
  labels: readonly { code: number; label: string }[];
  /** Independent control groups that make a signal `corroborated`, 2 to 100. */
  corroboration: number;
}

const MOST_TYPES = 64;
const MOST_LABELS = 500;
/** Codes fit a signed 16-bit integer, the least that databases have. */
const GREATEST_LABEL_CODE = 32_767;

/**
 * Validates a channel policy.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readChannelPolicy(json: unknown): ChannelPolicy {
  const policy = requireObject(json, 'policy');
  requireMembers(policy, ['tlp', 'types', 'labels', 'corroboration'], [], 'policy.');
  return {
    tlp: requireOneOf(policy['tlp'], 'policy.tlp', TLP),
    types: readTypes(policy['types']),
    labels: readLabels(policy['labels']),
    corroboration: requireInteger(policy['corroboration'], 'policy.corroboration', 2, 100),
  };
}

function readTypes(value: unknown): string[] {
  const types = requireArray(value, 'policy.types', MOST_TYPES).map((name) => {
    if (typeof name === 'string' && signalTypeByName(name) !== undefined) return name;
    throw new ProtocolError({
      code: 'UNKNOWN_TYPE',
      field: 'policy.types',
      rule: 'must name known signal types',
    });
  });
  requireAscending(types, 'policy.types');
  return types;
}

function readLabels(value: unknown): { code: number; label: string }[] {
  const labels = requireArray(value, 'policy.labels', MOST_LABELS).map((item) => {
    const label = requireObject(item, 'policy.labels');
    requireMembers(label, ['code', 'label'], [], 'policy.labels.');
    return {
      code: requireInteger(label['code'], 'policy.labels.code', 1, GREATEST_LABEL_CODE),
      label: requireCode(label['label'], 'policy.labels.label'),
    };
  });
  requireAscending(
    labels.map((label) => label.code),
    'policy.labels',
  );
  if (new Set(labels.map((label) => label.label)).size !== labels.length) {
    throw new ProtocolError({ code: 'BAD_FIELD', field: 'policy.labels', rule: 'must give each label once' });
  }
  return labels;
}

/**
 * Whether `next` may follow `previous` in a channel: every label keeps its code and every code its label, because
 * published records carry the codes.
 */
export function keepsLabels(previous: ChannelPolicy, next: ChannelPolicy): boolean {
  const labels = new Map(next.labels.map((label) => [label.code, label.label]));
  return previous.labels.every((label) => labels.get(label.code) === label.label);
}
