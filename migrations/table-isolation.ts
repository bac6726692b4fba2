import { ERASURE_ISOLATION } from './erasure-isolation.js';
import type { Command, TableIsolation } from './isolation-rules.js';

export * from './isolation-rules.js';

/**
 * Functions with the owner's rights that a login may call. Each is a door of its own beside the policies: it asks itself who acts, and shows or writes no
 * more than that one may.
 */
export const CALLABLE_WITH_OWNER_RIGHTS: readonly string[] = [
  'cairn.record_authorship_read(bigint, integer, text, text)',
  'cairn.signal_history(text, smallint, bytea, text, bigint, integer, integer)',
  'cairn.record_audit_event(text, text, bytea, text)',
  'cairn.grant_replay(text)',
  'cairn.record_evidence_read(bigint, bigint, bigint)',
  'cairn.record_feed_access(text, text, text, smallint, bigint, bigint, timestamptz)',
  'cairn.erasure_values_left(bigint)',
];

const READ = ['select'] as const;
const SAY = ['select', 'insert'] as const;

/** Of one application; whoever is let in says it, and staff read it. */
const ofApplicant = (
  reason: string,
  api: TableIsolation['api'] = { applicant: SAY, person: SAY },
  triggers: readonly Command[] | undefined = READ,
): TableIsolation => ({ rowsOf: 'applicant', owner: 't.application_id', api, triggers, reason });
const ofStaff = (reason: string): TableIsolation => ({
  rowsOf: 'house',
  api: { person: SAY },
  triggers: READ,
  reason,
});
const ofAlliance = (reason: string): TableIsolation => ({
  rowsOf: 'house',
  api: { member: READ, applicant: READ, person: SAY, system: READ },
  triggers: READ,
  reason,
});

/** Keys of members: who administers a member does everything for it, vetters and approvers change what is there, auditors read. */
const keyPeople = (deciders: readonly Command[]): TableIsolation['people'] => ({
  deciders,
  auditors: READ,
  administrator: ['select', 'insert', 'update'],
});

const PUBLIC = { member: ['select'], person: ['select'], applicant: ['select'], system: ['select'] } as const;

/**
 * Every table of schema `cairn`. `test/e2e/isolation-matrix.spec.ts` compares it with the database's catalogue and tries each command as
 * each actor: a table that is missing here fails, and so does one whose policies or grants say something else.
 */
export const TABLE_ISOLATION: Readonly<Record<string, TableIsolation>> = {
  submission: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: ['select', 'insert'], provenance: READ },
    triggers: READ,
    reason: 'what a member sent, and that it did: authors can be anonymous to each other',
  },
  submission_counter: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: ['select', 'insert', 'update'] },
    reason: 'how much a member sends tells who sent what',
  },
  ...ERASURE_ISOLATION,
  submission_decision: {
    rowsOf: 'member',
    owner: '(SELECT s.member_id FROM cairn.submission s WHERE s.id = t.submission_id)',
    api: {},
    reason: 'what the worker found, before it has a place in the log',
  },
  entry: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: ['select'], provenance: READ },
    triggers: READ,
    reason:
      'who said what about which signal; others have it from `signal_history`, each as much as it may know',
  },
  claim_end: {
    rowsOf: 'everyone',
    api: PUBLIC,
    reason: 'revocations, recalls and ticks: public in the provenance log',
  },
  authorship_read: {
    rowsOf: 'house',
    api: { person: READ },
    people: { deciders: [], auditors: READ, administrator: [] },
    triggers: ['insert'],
    reason: 'who of the staff was shown an author: what shows one writes it, and auditors read it',
  },
  replay_grant: {
    rowsOf: 'house',
    api: { person: READ },
    people: { deciders: [], auditors: READ, administrator: [] },
    triggers: ['select', 'insert'],
    reason: 'why an auditor wanted to replay the log: a function alone writes it, and auditors read it',
  },
  evidence_read: {
    rowsOf: 'house',
    api: { person: READ },
    people: { deciders: [], auditors: READ, administrator: [] },
    triggers: ['insert'],
    reason:
      'which part of the log an auditor was shown lines and authors of: written before they are shown, and auditors read it',
  },
  audit_event: {
    rowsOf: 'house',
    api: { person: READ },
    people: { deciders: [], auditors: READ, administrator: [] },
    triggers: ['insert'],
    reason: 'what people and operator did: a function alone writes it, whoever acts, and auditors read it',
  },
  feed_access: {
    rowsOf: 'house',
    api: { person: READ },
    people: { deciders: [], auditors: READ, administrator: [] },
    reason:
      'who was served which rounds: a function alone writes it, auditors read it, the worker deletes what is old',
  },
  feed_access_horizon: {
    rowsOf: 'house',
    api: { person: READ },
    people: { deciders: [], auditors: READ, administrator: [] },
    reason: 'how far that history was forgotten: a trigger alone moves it, and auditors read it',
  },
  audit_head: {
    rowsOf: 'everyone',
    api: PUBLIC,
    reason: 'its values are public in the provenance log, a minute later',
  },
  log_state: {
    rowsOf: 'everyone',
    api: PUBLIC,
    reason: 'sizes and roots of states: in the provenance log',
  },
  log_state_leaf: {
    rowsOf: 'house',
    api: { person: READ },
    people: { deciders: [], auditors: READ, administrator: [] },
    reason: 'signals of all channels with the authors of anonymous entries: auditors alone read them',
  },
  log_state_head: { rowsOf: 'house', api: {}, reason: 'which worker makes a state' },
  member_key: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: ['select'], person: ['select', 'insert', 'update'], system: ['select'] },
    people: keyPeople(['select', 'update']),
    triggers: ['select', 'update'],
    reason:
      'keys not logged yet are their member’s affair; its people upload and end them, staff confirm and end them; the API must find the key ' +
      'of whoever calls; a guard withdraws what was not proved in time',
  },
  key_registration: {
    rowsOf: 'member',
    owner: '(SELECT k.member_id FROM cairn.member_key k WHERE k.id = t.key_id)',
    api: { person: ['select', 'insert', 'update'] },
    people: keyPeople(['select', 'update']),
    triggers: ['select'],
    reason:
      'proofs and challenges: between the people of a member and staff; whether a key is complete is asked whoever acts',
  },
  member_key_set: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: ['select'], person: ['select', 'insert', 'update'], system: ['select'] },
    people: keyPeople(['select', 'insert', 'update']),
    triggers: ['select'],
    reason:
      'whether a key stands hangs on it, also before it is known who calls; its people propose it and staff approve it',
  },
  key_event: {
    rowsOf: 'member',
    owner: '(SELECT k.member_id FROM cairn.member_key k WHERE k.id = t.key_id)',
    api: { person: ['select'] },
    people: { deciders: READ, auditors: READ, administrator: READ },
    triggers: ['insert'],
    reason: 'who did what to whose keys; a trigger alone writes it, whoever acts',
  },
  channel_right: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: ['select'], person: ['select'] },
    triggers: ['select', 'insert', 'update'],
    reason:
      'what a member takes part in; staff give and take it, and what was asked for last is noted whoever asks',
  },
  conformance_run: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: ['select', 'insert'], person: ['select'] },
    reason: 'how well a member’s machines do is its own affair and staff’s',
  },
  conformance_step: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: ['select', 'insert'], person: ['select'] },
    reason: 'what a member showed, and how it was judged; staff give rights on the strength of it',
  },
  conformance_waiver: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { person: SAY },
    reason:
      'who was let into a channel without showing anything: between staff, and a member’s people may know',
  },
  member_act: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { person: SAY },
    reason: 'what staff did about a member, and why: among staff',
  },
  person: {
    rowsOf: 'house',
    api: { person: ['select', 'insert', 'update'], system: ['select', 'insert', 'update'] },
    reason: 'names and addresses of people; which person sees whom is a matter of roles',
  },
  person_disablement: {
    rowsOf: 'house',
    api: { person: ['select', 'insert'], system: ['select', 'insert'] },
    reason: 'who was shut out, by whom and why',
  },
  staff_bootstrap: { rowsOf: 'house', api: {}, reason: 'acts of whoever has the machine' },
  invitation: {
    rowsOf: 'house',
    api: { person: ['select', 'insert', 'update'], system: ['select', 'insert', 'update'] },
    reason: 'who was asked to become what',
  },
  role_change: {
    rowsOf: 'house',
    api: { person: ['select', 'insert'], system: ['select', 'insert'] },
    triggers: READ,
    reason: 'what people may do; asked at each request',
  },
  session: {
    rowsOf: 'house',
    api: {
      person: ['select', 'insert', 'update', 'delete'],
      system: ['select', 'insert', 'update', 'delete'],
    },
    reason: 'asked before it is known who calls; somebody who is shut out loses all',
  },
  login_attempt: {
    rowsOf: 'house',
    api: { system: ['select', 'insert', 'delete'] },
    reason: 'of somebody not known yet',
  },
  terminal_code: {
    rowsOf: 'house',
    api: { person: ['select', 'insert', 'delete'], system: ['select', 'insert', 'delete'] },
    reason: 'given to a person, spent before it is known who calls',
  },
  application: {
    rowsOf: 'applicant',
    owner: 't.id',
    api: { applicant: READ, person: ['select', 'update'], system: SAY },
    triggers: ['select', 'update'],
    reason:
      'begun, and found by its secret, before it is known who calls; staff lock a row while they decide, and change none: its guard refuses',
  },
  application_move: ofApplicant('where it went; staff and applicant write notes to each other'),
  application_profile: ofApplicant(
    'what the applicant says of itself; members who may endorse are shown name and kind, by the house',
    { applicant: SAY, person: READ, system: READ },
  ),
  application_principle: ofApplicant('where it stands on principles', { applicant: SAY, person: READ }),
  application_document: ofApplicant('what it brings', { applicant: SAY, person: SAY }, []),
  document: ofApplicant('evidence, of each application apart', { applicant: SAY, person: SAY }, []),
  agreement_acceptance: ofApplicant('who signed; administrators of the member do, too'),
  application_attestation: ofApplicant('what changed; administrators of the member say it, too'),
  application_check: ofStaff('what staff and machines found'),
  application_principle_finding: ofStaff('what staff found about what was said'),
  application_group: ofStaff('under whose control staff think the applicant is'),
  application_objection_answer: ofStaff('what staff found about an objection'),
  application_recommendation: ofStaff('between two persons'),
  application_decision: ofStaff('who decided; the applicant sees the move'),
  application_attestation_review: ofStaff('what staff found about an attestation'),
  application_endorsement: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: SAY, person: READ },
    triggers: READ,
    reason: 'who knows whom: between a member and staff',
  },
  application_endorsement_withdrawal: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: SAY, person: READ },
    triggers: READ,
    reason: 'like the endorsement',
  },
  application_objection: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: SAY, person: SAY },
    triggers: READ,
    reason: 'who doubts whom: between a member and staff, some of it of staff',
  },
  agreement: ofAlliance('what everybody accepts, and staff publish'),
  admission_policy: ofAlliance('how the alliance admits, set by staff'),
  application_state: { rowsOf: 'everyone', api: PUBLIC, reason: 'the diagram' },
  application_transition: { rowsOf: 'everyone', api: PUBLIC, reason: 'the diagram' },
  application_reason: { rowsOf: 'everyone', api: PUBLIC, reason: 'the diagram' },
  checklist_item: { rowsOf: 'everyone', api: PUBLIC, reason: 'what is checked' },
  pack: {
    rowsOf: 'channel',
    owner: 't.channel_id',
    api: { member: ['select'], system: ['select'] },
    reason: 'hash values: for receivers of the channel, and by ticket',
  },
  token_state: {
    rowsOf: 'house',
    api: { system: ['select', 'insert', 'update', 'delete'] },
    reason: 'which assertions and logout tokens were used: only the token endpoint and the back channel ask',
  },
  used_proof: {
    rowsOf: 'house',
    api: { system: ['select', 'insert'] },
    reason: 'which proofs were used: asked before it is known who calls',
  },
  proof_epoch: {
    rowsOf: 'house',
    api: { system: ['select', 'insert'] },
    reason: 'since when used proofs are remembered',
  },
  hub: { rowsOf: 'everyone', api: PUBLIC, reason: 'the name of the hub' },
  member: { rowsOf: 'everyone', api: PUBLIC, reason: 'who is in the alliance: in the provenance log' },
  channel: { rowsOf: 'everyone', api: PUBLIC, reason: 'names and policies: in the provenance log' },
  log: { rowsOf: 'everyone', api: PUBLIC, reason: 'sizes and roots, which checkpoints sign' },
  log_bundle: { rowsOf: 'everyone', api: PUBLIC, reason: 'leaves: public, and of feeds digests and counts' },
  log_tile: { rowsOf: 'everyone', api: PUBLIC, reason: 'hashes of leaves' },
  checkpoint: { rowsOf: 'everyone', api: PUBLIC, reason: 'signed to be shown' },
  projection: { rowsOf: 'everyone', api: PUBLIC, reason: 'how far the log has been applied' },
  feed: { rowsOf: 'everyone', api: PUBLIC, reason: 'which log is the feed of which channel' },
  feed_type: { rowsOf: 'everyone', api: PUBLIC, reason: 'sizes and roots of sets, which rounds name' },
  feed_horizon: {
    rowsOf: 'everyone',
    api: PUBLIC,
    reason: 'from where on packs are served, which leaves name',
  },
  deleted_pack: { rowsOf: 'everyone', api: PUBLIC, reason: 'digests of packs, which leaves name' },
  signal: {
    rowsOf: 'house',
    api: { provenance: READ },
    triggers: READ,
    reason: 'hash values of all channels',
  },
  record: { rowsOf: 'house', api: {}, reason: 'hash values of all channels; members read packs' },
  set_tile: { rowsOf: 'house', api: {}, reason: 'trees of the publisher' },
  horizon_request: { rowsOf: 'house', api: {}, reason: 'which horizons are to move, for the worker' },
  feed_steps: { rowsOf: 'house', api: {}, reason: 'how many steps each feed has, for the publisher' },
  set_change: { rowsOf: 'house', api: {}, reason: 'trees of the publisher' },
  pending_statement: {
    rowsOf: 'house',
    api: { person: ['insert'] },
    triggers: ['insert'],
    reason: 'what has no place in the log yet: staff ask for statements, and nobody outside reads them',
  },
  head_mismatch: {
    rowsOf: 'house',
    api: { member: ['insert'], person: READ },
    people: { deciders: [], auditors: READ, administrator: [] },
    reason: 'evidence of a split view: kept where it is met, read by operator and auditors',
  },
  statement_lane: { rowsOf: 'house', api: {}, reason: 'how many submissions each member has in the log' },
  migration: { rowsOf: 'house', api: {}, reason: 'which migrations ran' },
  domain_challenge: {
    rowsOf: 'applicant',
    owner: 't.application_id',
    api: { applicant: ['select', 'insert'] },
    reason: 'the token that an applicant is to publish',
  },
  check_task: {
    rowsOf: 'applicant',
    owner: 't.application_id',
    api: { applicant: ['select', 'update'], person: ['select', 'update'], system: ['select', 'update'] },
    reason:
      'how its checks stand; the applicant has the next try made at once, staff run them again, and a confirmed mailbox does',
  },
  mailbox_link: {
    rowsOf: 'house',
    api: { system: ['select', 'update'] },
    reason: 'followed by somebody who is not known; nobody else needs it',
  },
  outbox_message: {
    rowsOf: 'house',
    api: { person: ['select', 'update'] },
    reason: 'links that work, which staff send on, or have a worker send again',
  },
};
