import type { ChannelPolicy, Entry } from '#libs/protocol';
import { refuse, type SubmissionRefusal } from './submission-results.js';

/** The first entry that the channel's present policy does not allow, or null. */
export function checkAgainstPolicy(
  entries: readonly Entry[],
  policy: ChannelPolicy,
): SubmissionRefusal | null {
  const types = new Set(policy.types);
  const labels = new Set(policy.labels.map(({ label }) => label));
  for (const [line, entry] of entries.entries()) {
    if (!types.has(entry.type.name)) {
      const rule = `must be a type of the channel: ${policy.types.join(', ')}`;
      return refuse('TYPE_NOT_IN_CHANNEL', 'type', rule, line);
    }
    if (entry.op === 'assert' && entry.labels.some((label) => !labels.has(label))) {
      return refuse('UNKNOWN_LABEL', 'labels', 'must be labels of the channel', line);
    }
  }
  return null;
}
