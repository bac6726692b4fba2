import type { OutgoingAnswer } from '#libs/platform';
import type { CheckFinding } from './check-task.js';
import { observe, type Outgoing } from './observation.js';

const HTML = ['text/html', 'application/xhtml+xml'];
const PDF = 'application/pdf';

/** Whether a page can be read by anybody: it answers itself with 2xx, as HTML or PDF, and is not empty. What it says is for people. */
export async function checkPublishedPage(outgoing: Outgoing, page: string): Promise<CheckFinding> {
  const url = new URL(page);
  // A fragment is for the reader, not for the server.
  url.hash = '';
  const { answer, evidence, refusal } = await observe(outgoing, url.href);
  if (answer === null) return refusal!;
  const problem = problemOf(answer);
  return problem === null
    ? { outcome: 'pass', evidence }
    : { outcome: 'fail', evidence, problem, again: true };
}

function problemOf({ status, type, body }: OutgoingAnswer): string | null {
  if (status < 200 || status > 299) return 'must answer with a status of 2xx';
  if (type !== PDF && !HTML.includes(type)) return 'must be HTML or PDF';
  if (type === PDF && !body.subarray(0, 1024).includes('%PDF-')) return 'must be a PDF, as it says';
  if (body.toString('latin1').trim() === '') return 'must not be empty';
  return null;
}
