export const ACTED = `{ __typename ... on ApplicationActed { application state number } ... on ActRefused { code field rule } }`;

const PROFILE = `profile { handle legalName kind jurisdiction registration controlledBy domain contacts { application abuse security dataProtection }
  policyUrl appealUrl transparencyUrl channels { channel submit receive } measures about }
  principles { number principle standing because plannedBy evidence at } documents { digest mediaType name at }`;

export const OWN = `query { application { id state member agreementAccepted ${PROFILE}
  checklist { code performer evidence required } moves { from to reason note at } } }`;

const RECORD = `id state revision member windowLeft conflict controlGroup agreementAccepted founding ${PROFILE}
  findings { principle statement finding note person at } checklist { code performer evidence required missing }
  checks { number code outcome evidence note person at } acceptances { version name title email at }
  endorsements { number member relationship note withdrawn counts at }
  objections { number member person code note at answer { outcome answer person at } }
  moves { from to person reason note at }
  recommendations { number person direction reasons rights { channel submit receive } accredited digest note at }`;

export const SHOW = `query ($id: ID!) { applicationRecord(id: $id) { __typename ... on ApplicationRecord { ${RECORD} } } }`;
export const VERSION = `query ($id: ID!) { applicationForDecision(id: $id) {
  __typename ... on ApplicationForDecision { digest document application { ${RECORD} } } } }`;
export const LIST = `query ($first: Int!, $after: String, $states: [ApplicationState!]) {
  applications(first: $first, after: $after, states: $states) {
    edges { node { id state legalName kind member since openObjections windowLeft } } pageInfo { hasNextPage endCursor } } }`;
const POLICY = `version endorsements foundingMembers academicRights childSafetyChannels objectionDays probationDays probationEntriesADay conformanceDays
  attestationDays`;
export const SHOW_POLICY = `query { admissionPolicy { ${POLICY} } }`;
export const SET_POLICY = `mutation ($input: AdmissionPolicyInput!) { setAdmissionPolicy(input: $input) {
  __typename ... on AdmissionPolicy { ${POLICY} } ... on ActRefused { code field rule } } }`;
export const PUBLISH_AGREEMENT = `mutation ($input: AgreementInput!) { publishAgreement(input: $input) {
  __typename ... on AgreementPublished { version digest } ... on ActRefused { code field rule } } }`;
export const AGREEMENT = 'query { agreement { version title text digest acceptBy } }';
export const ADD_DOCUMENT = `mutation ($input: ApplicationDocumentInput!) { addApplicationDocument(input: $input) {
  __typename ... on ApplicationDocumentAdded { application digest } ... on ActRefused { code field rule } } }`;

const STANDING = 'checks { code dueAt attempts problem }';
export const CHALLENGE = `query { domainChallenge {
  __typename ... on DomainChallenge { url path token } ... on ActRefused { code field rule } } }`;
export const OWN_CHECKS = `query { machineChecks { ${STANDING} } }`;
export const CHECKS = `query ($id: ID!) { applicationMachineChecks(id: $id) {
  __typename ... on ApplicationMachineChecks { ${STANDING} } } }`;
const MESSAGE = 'id recipient subject createdAt expiresAt state attempts problem sentAt';
export const OUTBOX = `query ($id: ID!) { applicationOutbox(id: $id) {
  __typename ... on ApplicationOutbox { sentByHub messages { ${MESSAGE} } } } }`;
export const OUTBOX_LINKS = `query ($id: ID!) { applicationOutbox(id: $id) {
  __typename ... on ApplicationOutbox { sentByHub messages { ${MESSAGE} body } } } }`;
export const RELATED = `query ($id: ID!) { relatedOrganisations(id: $id) {
  __typename ... on RelatedOrganisations { organisations { application member domain controlGroup control } } } }`;

/** A mutation with these arguments, each a variable of its own name, and what it answers. */
export function mutation(
  name: string,
  types: Readonly<Record<string, string>>,
  answer: string = ACTED,
): string {
  const declared = Object.entries(types).map(([argument, type]) => `$${argument}: ${type}`);
  const given = Object.keys(types).map((argument) => `${argument}: $${argument}`);
  const [left, right] =
    declared.length === 0 ? ['', ''] : [`(${declared.join(', ')})`, `(${given.join(', ')})`];
  return `mutation ${left} { ${name}${right} ${answer} }`;
}
