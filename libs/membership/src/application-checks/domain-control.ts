import type { CheckFinding } from './check-task.js';
import { observe, type Outgoing } from './observation.js';

/** Path at which an applicant publishes its token. */
export const CHALLENGE_PATH = '/.well-known/cairn-challenge';

/** Where an applicant publishes its token. */
export function challengeUrl(domain: string): string {
  return `https://${domain}${CHALLENGE_PATH}`;
}

/**
 * Whether the holder of the token controls the domain: the resource holds exactly the token. White space after it does not matter,
 * since editors leave some (as in RFC 8555 §8.3).
 */
export async function checkDomainControl(
  outgoing: Outgoing,
  domain: string,
  token: string,
): Promise<CheckFinding> {
  const { answer, evidence, refusal } = await observe(outgoing, challengeUrl(domain));
  if (answer === null) return refusal!;
  const fail = (problem: string): CheckFinding => ({ outcome: 'fail', evidence, problem, again: true });
  if (answer.status !== 200) return fail('must answer with status 200');
  if (answer.body.toString('latin1').replace(/[ \t\r\n]+$/, '') !== token) {
    return fail('must contain the token of the application and nothing else');
  }
  return { outcome: 'pass', evidence };
}
