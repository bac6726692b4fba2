import type { Tx } from '#libs/platform';
import type { CheckFinding } from './check-task.js';

/** A member, or another application, that may be under the same control. */
export interface RelatedOrganisation {
  /** Id of its application, if it came by one. */
  application: string | null;
  /** Name of the member, if it is one. */
  member: string | null;
  /** The same domain, or one below the other. */
  domain: boolean;
  controlGroup: boolean;
  /** One controls the other, both have the same owner, or both have the same name. */
  control: boolean;
}

const MOST_NAMED = 10;

/** Everybody who may be under the same control as an applicant, from members whatever became of them and from what others handed in. */
export async function findRelated(tx: Tx, application: string): Promise<RelatedOrganisation[]> {
  return tx.query<RelatedOrganisation>(RELATED, [application]);
}

/**
 * Whether an applicant is on its own. When it is not, staff decide what that means. Other applications are counted, not named: the
 * outcome may come to be shown to the applicant, and who else applied is not its affair.
 */
export async function checkIndependence(tx: Tx, application: string): Promise<CheckFinding> {
  const related = await findRelated(tx, application);
  const members = related.flatMap(({ member }) => member ?? []);
  const evidence = {
    members: members.slice(0, MOST_NAMED),
    memberCount: members.length,
    applicationCount: related.length - members.length,
    at: new Date().toISOString(),
  };
  if (related.length === 0) return { outcome: 'pass', evidence };
  const problem = 'must share neither domain nor control with a member or another applicant';
  return { outcome: 'fail', evidence, problem, again: false };
}

const CLAIMS = `p.profile ->> 'domain' AS domain, lower(p.legal_name) AS name, lower(p.profile ->> 'controlledBy') AS owner`;

const RELATED = `
  WITH subject AS (
    SELECT a.id, a.member_id, ${CLAIMS}, cairn.application_control_group(a.id) AS control_group
      FROM cairn.application a CROSS JOIN LATERAL cairn.current_profile(a.id) AS p WHERE a.id = $1
  ), other AS (
    SELECT a.id AS application, m.handle AS member, ${CLAIMS},
           coalesce(m.control_group, cairn.application_control_group(a.id)) AS control_group
      FROM cairn.application a CROSS JOIN LATERAL cairn.current_profile(a.id) AS p LEFT JOIN cairn.member m ON m.id = a.member_id
     WHERE a.id <> $1 AND a.state NOT IN ('draft', 'withdrawn', 'rejected')
    UNION ALL
    SELECT NULL, m.handle, NULL, lower(m.name), NULL, m.control_group FROM cairn.member m
     WHERE NOT EXISTS (SELECT FROM cairn.application a WHERE a.member_id = m.id)
  ), compared AS (
    SELECT o.application, o.member,
           coalesce(o.domain = s.domain OR right(o.domain, length(s.domain) + 1) = '.' || s.domain
                    OR right(s.domain, length(o.domain) + 1) = '.' || o.domain, false) AS domain,
           coalesce(o.control_group = s.control_group, false) AS "controlGroup",
           coalesce(o.name = s.name, false) OR coalesce(o.name = s.owner, false)
             OR coalesce(o.owner = s.name, false) OR coalesce(o.owner = s.owner, false) AS control
      FROM subject s CROSS JOIN other o
  )
  SELECT * FROM compared WHERE domain OR "controlGroup" OR control ORDER BY member, application`;
