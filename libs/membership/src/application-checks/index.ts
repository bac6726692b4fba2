export { ApplicationChecker, type ApplicationCheckerOptions } from './application-checker.js';
export { CheckRequests, machineChecks, type MachineCheckStanding } from './check-requests.js';
export { MACHINE_CHECKS, type MachineCheck } from './check-task.js';
export { DomainChallenges, type DomainChallenge } from './domain-challenge.js';
export { CHALLENGE_PATH } from './domain-control.js';
export { findRelated, type RelatedOrganisation } from './independence.js';
export {
  listOutbox,
  MAILBOX_CONFIRMATION_PATH,
  MAILBOX_LINK_DAYS,
  MailboxLinks,
  type DeliveryState,
  type OutboxMessage,
} from './mailbox-links.js';
export { OutboxSender, type OutboxSenderOptions } from './outbox-sender.js';
