import {
  DECISION_CODES,
  VERDICTS,
  type ChannelPolicy,
  type DecisionCode,
  type Entry,
  type Verdict,
} from '#libs/protocol';

/** A decision as it is stored: positions in `VERDICTS` and, from 1, in `DECISION_CODES` (0 for none). */
export interface EntryDecision {
  verdict: number;
  code: number;
  /** Label codes of an assertion. */
  labels: readonly number[];
}

const NO_LABELS: readonly number[] = [];

/**
 * Decides each entry by itself and by the channel's policy, never by what other submissions say: the order of submissions is
 * not known yet. Labels keep their codes for ever, so a code found now is right at any later place in the log.
 */
export function decideEntries(entries: readonly Entry[], policy: ChannelPolicy): EntryDecision[] {
  const types = new Set(policy.types);
  const labelCodes = new Map(policy.labels.map(({ code, label }) => [label, code]));
  return entries.map((entry) => {
    if (!types.has(entry.type.name)) return stored('rejected', 'type_not_in_channel');
    if (entry.op === 'retract' || entry.labels.length === 0) return stored('accepted', null);
    const labels = entry.labels.map((label) => labelCodes.get(label));
    if (!labels.every((label) => label !== undefined)) return stored('rejected', 'unknown_label');
    return stored('accepted', null, labels);
  });
}

function stored(verdict: Verdict, code: DecisionCode | null, labels = NO_LABELS): EntryDecision {
  return {
    verdict: VERDICTS.indexOf(verdict),
    code: code === null ? 0 : DECISION_CODES.indexOf(code) + 1,
    labels,
  };
}
