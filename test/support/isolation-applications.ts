export const APPLICANT = '00000000-0000-4000-8000-00000000000a';
export const OTHER_APPLICANT = '00000000-0000-4000-8000-00000000000b';

/** Everything that is recorded about two applicants, by two members and a person; no rule is asked whether it could have come to this. */
export function applicationRows(alpha: number, beta: number): string {
  const both = (table: string, columns: string, values: string): string => `
    INSERT INTO ${table} (application_id, number, actor, at, ${columns})
      SELECT id, n, 'applicant:' || id, now(), ${values}
        FROM (VALUES ('${APPLICANT}'::uuid, ${alpha}, 1), ('${OTHER_APPLICANT}'::uuid, ${beta}, 2)) AS a (id, member, n);`;
  const said = `'Ada', 'Director', 'ada@example.org'`;
  return `
    SET session_replication_role = replica;
    INSERT INTO application (id, token_digest, checklist_version, created_at)
      SELECT id::uuid, sha256(convert_to(id, 'UTF8')), 1, now() FROM (VALUES ('${APPLICANT}'), ('${OTHER_APPLICANT}')) AS a (id);
    INSERT INTO agreement (version, title, text, digest, accept_by, actor, person_id, at)
      VALUES (1, 'Agreement', 'Text', sha256('Text'), now(), 'person:1', 1, now());
    INSERT INTO document (application_id, digest, content)
      SELECT id, sha256('x'), 'x' FROM application;
    ${both('application_move', 'from_state, to_state', `'draft', 'submitted'`)}
    ${both('application_profile', 'profile', `'{"kind":"ngo","handle":"x","legalName":"X","channels":[]}'`)}
    ${both('application_principle', 'principle, applies, because', `1, false, 'no'`)}
    ${both('application_document', 'digest, media_type, name', `sha256('x'), 'text/plain', 'x'`)}
    ${both('agreement_acceptance', 'version, digest, name, title, email', `1, sha256('Text'), ${said}`)}
    ${both('application_check', 'checklist_version, code, person_id, outcome, facts', `1, 'legal_entity', 1, 'pass', '{}'`)}
    ${both('application_principle_finding', 'principle, statement, person_id, finding', `1, n, 1, 'partly'`)}
    ${both('application_group', 'person_id, control_group', `1, 'group'`)}
    ${both(
      'application_endorsement',
      'member_id, key_id, jti, payload_digest, token, legal_name_digest, relationship, signed_at',
      `member, 1, gen_random_uuid(), sha256('p'), 't', sha256('X'), 'none', now()`,
    )}
    ${both('application_endorsement_withdrawal', 'endorsement, member_id', 'n, member')}
    ${both('application_objection', 'member_id, code', `member, 'conduct'`)}
    ${both('application_objection_answer', 'objection, person_id, outcome, answer', `n, 1, 'upheld', 'x'`)}
    ${both(
      'application_recommendation',
      'person_id, direction, reasons, rights, accredited, seen, digest',
      `1, 'admit', '{}', '[]', false, n - 1, sha256('x')`,
    )}
    ${both(
      'application_decision',
      'move, recommendation, recommended_by, person_id, direction, digest',
      `1, n - 1, 1, 2, 'admit', sha256('x')`,
    )}
    ${both('application_attestation', 'answers, name, title, email', `'{}', ${said}`)}
    ${both('application_attestation_review', 'attestation, person_id, outcome', `n, 1, 'accepted'`)}
    ${[APPLICANT, OTHER_APPLICANT].map(checkRows).join('')}
    SET session_replication_role = origin;`;
}

/** What workers keep of the checks of an applicant. */
function checkRows(id: string): string {
  return `
  INSERT INTO domain_challenge (application_id, token) VALUES ('${id}', repeat('x', 43));
  INSERT INTO check_task (application_id, code, facts, handed_in, begun_at)
    VALUES ('${id}', 'domain_control', '{}', 1, now());
  INSERT INTO mailbox_link (digest, application_id, address, created_at, expires_at)
    VALUES (sha256('${id}'), '${id}', 'a@b.test', now(), now() + interval '1 day');
  INSERT INTO outbox_message (link_digest, application_id, recipient, subject, body, created_at, expires_at)
    VALUES (sha256('${id}'), '${id}', 'a@b.test', 'x', 'x', now(), now());`;
}
