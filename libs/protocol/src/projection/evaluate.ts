import { bucketCount, MAX_NAMED_AUTHORS, type Metadata } from '../feed/index.js';

/** A member's standing claim about a signal, with the present facts about the member. */
export interface StandingClaim {
  /** The member's code, as admitted. */
  member: number;
  group: string;
  accredited: boolean;
  /** Whether the member is on probation: its claim counts as support but assures nobody. */
  probation: boolean;
  /** Whether the claim was submitted under the member's name. */
  named: boolean;
  /** Label codes of the channel. */
  labels: readonly number[];
  /** 0 to 100, or null when not reported. */
  quality: number | null;
  /** First day on which the claim no longer stands, or null. */
  expires: number | null;
}

/**
 * What a signal's record says, from the claims that stand and nothing else; null when none stands. Supporters and label
 * counts are control groups, so that organisations under one control count once (docs/protocol-submission.md, "Evaluation").
 *
 * @param claims at most one of each member, in any order.
 * @param corroboration groups that make a signal corroborated, by the channel's policy.
 */
export function evaluateClaims(claims: readonly StandingClaim[], corroboration: number): Metadata | null {
  if (claims.length === 0) return null;
  const groups = new Set(claims.map((claim) => claim.group)).size;
  return {
    status: 'active',
    assurance: assuranceOf(claims, corroboration),
    supporters: bucketCount(groups),
    labels: countLabels(claims),
    expiryDay: latestExpiry(claims),
    quality: greatestQuality(claims),
    authors: namedAuthors(claims),
    unknown: [],
  };
}

function assuranceOf(claims: readonly StandingClaim[], corroboration: number): Metadata['assurance'] {
  const proven = claims.filter((claim) => !claim.probation);
  if (proven.some((claim) => claim.accredited)) return 'verified';
  const groups = new Set(proven.map((claim) => claim.group)).size;
  return groups >= corroboration ? 'corroborated' : 'provisional';
}

function countLabels(claims: readonly StandingClaim[]): { code: number; count: number }[] {
  const groups = new Map<number, Set<string>>();
  for (const claim of claims) {
    for (const label of claim.labels) {
      const known = groups.get(label) ?? new Set<string>();
      groups.set(label, known.add(claim.group));
    }
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([code, supporters]) => ({ code, count: bucketCount(supporters.size) }));
}

/** A record expires when its last claim does, so never while one claim is open-ended. */
function latestExpiry(claims: readonly StandingClaim[]): number | undefined {
  let latest = 0;
  for (const { expires } of claims) {
    if (expires === null) return undefined;
    latest = Math.max(latest, expires);
  }
  return latest;
}

function greatestQuality(claims: readonly StandingClaim[]): number | undefined {
  let greatest: number | undefined;
  for (const { quality } of claims) {
    if (quality !== null && (greatest === undefined || quality > greatest)) greatest = quality;
  }
  return greatest;
}

function namedAuthors(claims: readonly StandingClaim[]): number[] {
  const named = claims.filter((claim) => claim.named).map((claim) => claim.member);
  return named.sort((a, b) => a - b).slice(0, MAX_NAMED_AUTHORS);
}
