import { hash } from 'node:crypto';
import type { OutgoingAnswer, OutgoingRefusal } from '#libs/platform';
import type { CheckFinding, Evidence } from './check-task.js';

/** The way out that checks use: see `OutgoingClient`. */
export interface Outgoing {
  get(url: string): Promise<OutgoingAnswer | OutgoingRefusal>;
}

/** What was seen at a URL. */
export interface Observation {
  readonly answer: OutgoingAnswer | null;
  readonly evidence: Evidence;
  /** Set when there was no answer. */
  readonly refusal: CheckFinding | null;
}

const MOST_URL = 1_500;

/** Looks at a URL once. The evidence names URL, status, type, size and SHA-256 of the body, and the time; never the body. */
export async function observe(outgoing: Outgoing, url: string): Promise<Observation> {
  const seen = await outgoing.get(url);
  const place = { url: url.slice(0, MOST_URL), at: new Date().toISOString() };
  if (!seen.ok) {
    const evidence = { ...place, refused: seen.code };
    const again = seen.code !== 'BAD_URL';
    return { answer: null, evidence, refusal: { outcome: 'fail', evidence, problem: seen.rule, again } };
  }
  const { status, type, body } = seen;
  const sha256 = hash('sha256', body, 'hex');
  const evidence = { ...place, status, type: type.slice(0, 100), bytes: body.length, sha256 };
  return { answer: seen, evidence, refusal: null };
}
