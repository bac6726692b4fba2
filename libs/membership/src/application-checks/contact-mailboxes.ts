import type { Tx } from '#libs/platform';
import type { CheckFinding, CheckTask } from './check-task.js';
import { issueMailboxLink } from './mailbox-links.js';

/** Links that one address gets, one after the other, before the check fails. */
const MOST_LINKS = 2;

interface Mailbox {
  roles: string[];
  address: string;
  confirmed: boolean;
  /** When the link that works now runs out. */
  openUntil: Date | null;
  /** Links since the check began. */
  links: number;
}

/**
 * Whether somebody reads each contact's mailbox. It sends links where none is open and waits for them to be followed; an address that two
 * links did not reach fails. Evidence and problems name the contacts by what they are for, not by address.
 */
export async function checkContactMailboxes(
  tx: Tx,
  task: CheckTask,
  publicUrl: string,
): Promise<CheckFinding> {
  const held = await tx.query('SELECT 1 FROM cairn.check_task WHERE lease = $1 FOR UPDATE', [task.lease]);
  const mailboxes = await readMailboxes(tx, task);
  const missing = mailboxes.filter(({ confirmed }) => !confirmed);
  const evidence = {
    confirmed: rolesOf(mailboxes.filter(({ confirmed }) => confirmed)),
    unconfirmed: rolesOf(missing),
    at: new Date().toISOString(),
  };
  if (missing.length === 0) return { outcome: 'pass', evidence };
  const problem = `must be confirmed by the link sent to it: ${rolesOf(missing).join(', ')}`;
  if (missing.some(({ openUntil, links }) => openUntil === null && links >= MOST_LINKS)) {
    return { outcome: 'fail', evidence, problem, again: false };
  }
  // Another worker holds the check now and sends what is to be sent.
  if (held.length === 0) return { outcome: 'wait', until: new Date(), problem };
  const ends: number[] = [];
  for (const { address, openUntil } of missing) {
    ends.push((openUntil ?? (await issueMailboxLink(tx, task.application, address, publicUrl))).getTime());
  }
  return { outcome: 'wait', until: new Date(Math.min(...ends)), problem };
}

function rolesOf(mailboxes: readonly Mailbox[]): string[] {
  return mailboxes.flatMap(({ roles }) => roles).sort();
}

async function readMailboxes(tx: Tx, { application, code, facts }: CheckTask): Promise<Mailbox[]> {
  return tx.query<Mailbox>(
    `SELECT c.address, array_agg(c.role) AS roles, coalesce(bool_or(l.confirmed), false) AS confirmed,
            max(l.open_until) AS "openUntil", coalesce(max(l.links), 0)::integer AS links
       FROM jsonb_each_text($3::jsonb) AS c (role, address)
       LEFT JOIN LATERAL (
         SELECT bool_or(used_at IS NOT NULL) AS confirmed,
                max(expires_at) FILTER (WHERE used_at IS NULL AND expires_at > cairn.admission_time()) AS open_until,
                count(*) FILTER (WHERE created_at >= (SELECT begun_at FROM cairn.check_task
                                                       WHERE application_id = $1 AND code = $2)) AS links
           FROM cairn.mailbox_link WHERE application_id = $1 AND address = c.address) AS l ON true
      GROUP BY c.address ORDER BY c.address`,
    [application, code, JSON.stringify(facts['contacts'])],
  );
}
