type Kind = 'applicant' | 'member' | 'person' | 'system';
type Command = 'SELECT' | 'INSERT' | 'UPDATE';

/** Who of those that use the API's login may do what, and what triggers do for whoever acts. */
type Fence = Partial<Record<Kind | 'triggers', readonly Command[]>>;

const READ = ['SELECT'] as const;
const SAY = ['SELECT', 'INSERT'] as const;

/** What an applicant says: staff read it; an administrator of the member can say some of it, too. */
const SAID_BY_APPLICANT: Fence = { applicant: SAY, person: READ, triggers: READ };
const SAID_FOR_MEMBER: Fence = { applicant: SAY, person: SAY, triggers: READ };
/** What staff say among themselves. */
const INTERNAL: Fence = { person: SAY, triggers: READ };
const SAID_BY_MEMBER: Fence = { member: SAY, person: READ, triggers: READ };
/** What the alliance asks of everybody. */
const OF_ALLIANCE: Fence = { applicant: READ, member: READ, person: SAY, system: READ, triggers: READ };

const FENCES: Readonly<Record<string, Fence>> = {
  // Staff change no row of it (its guard refuses that): they lock one while they decide.
  application: {
    applicant: READ,
    person: ['SELECT', 'UPDATE'],
    system: SAY,
    triggers: ['SELECT', 'UPDATE'],
  },
  application_move: SAID_FOR_MEMBER,
  // Members who may endorse are shown name and kind; the service says which columns.
  application_profile: { ...SAID_BY_APPLICANT, system: READ },
  application_principle: SAID_BY_APPLICANT,
  application_document: { applicant: SAY, person: SAY },
  document: { applicant: SAY, person: SAY },
  agreement_acceptance: SAID_FOR_MEMBER,
  application_attestation: SAID_FOR_MEMBER,
  application_check: INTERNAL,
  application_principle_finding: INTERNAL,
  application_group: INTERNAL,
  application_endorsement: SAID_BY_MEMBER,
  application_endorsement_withdrawal: SAID_BY_MEMBER,
  application_objection: { member: SAY, person: SAY, triggers: READ },
  application_objection_answer: INTERNAL,
  application_recommendation: INTERNAL,
  application_decision: INTERNAL,
  application_attestation_review: INTERNAL,
  agreement: OF_ALLIANCE,
  admission_policy: OF_ALLIANCE,
};

const SHARED: readonly string[] = ['agreement', 'admission_policy'];

/** Which rows are somebody's: of the alliance's tables all, of others an applicant's and a member's own, and each for people. */
function rowsOf(table: string, kind: Kind): string {
  const own = SHARED.includes(table) ? undefined : kind;
  if (own === 'applicant')
    return `${table === 'application' ? 'id' : 'application_id'} = (SELECT cairn.actor_applicant())`;
  if (own === 'member') return 'member_id = (SELECT cairn.actor_member())';
  return `(SELECT cairn.actor_kind()) = '${kind}'`;
}

function policy(name: string, table: string, command: Command, role: string, rows: string): string {
  const clause = command === 'INSERT' ? 'WITH CHECK' : 'USING';
  return `CREATE POLICY ${name}_${command.toLowerCase()} ON cairn.${table} FOR ${command} TO ${role} ${clause} (${rows});`;
}

function fence([table, { triggers = [], ...kinds }]: [string, Fence]): string {
  const api = Object.entries(kinds).flatMap(([kind, commands]) =>
    commands.map((command) =>
      policy(`${table}_${kind}`, table, command, 'cairn_api', rowsOf(table, kind as Kind)),
    ),
  );
  const owner = triggers.map((command) =>
    policy(`${table}_triggers`, table, command, 'cairn_owner', '(SELECT cairn.actor_kind()) IS NOT NULL'),
  );
  return `
    ALTER TABLE cairn.${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY ${table}_worker ON cairn.${table} TO cairn_worker USING ((SELECT cairn.actor_kind()) IS NOT NULL);
    CREATE POLICY ${table}_owner ON cairn.${table} TO cairn_owner USING ((SELECT cairn.actor_kind()) = 'system');
    ${[...api, ...owner].join('\n    ')}`;
}

/**
 * Functions of triggers run with the owner's rights and judge an act by more than its actor may see. Nobody can call them, so they show
 * nothing; every other function runs with its caller's rights.
 */
export const ISOLATION_SQL = Object.entries(FENCES).map(fence).join('\n');
