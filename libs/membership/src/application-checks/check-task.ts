/** The checks of the checklist that a worker makes. */
export const MACHINE_CHECKS = [
  'domain_control',
  'independence',
  'contact_mailboxes',
  'published_policy',
  'appeal_process',
  'transparency_report',
] as const;
/** One of {@link MACHINE_CHECKS}. */
export type MachineCheck = (typeof MACHINE_CHECKS)[number];

/** States in which checks are made. While an applicant was asked for information it is changing what would be checked. */
export const CHECKED_STATES = ['submitted', 'in_review', 'endorsed', 'objection_window'];

/** A check that is due and that one worker holds for a while. */
export interface CheckTask {
  readonly application: string;
  readonly code: MachineCheck;
  /** The members of the profile that it is about. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Tries that failed since it began. */
  readonly attempts: number;
  /** Row id of the person of the staff who asked for it to be made again, if one did. */
  readonly askedBy: number | null;
  readonly lease: string;
}

/** What a try saw: at most 2000 characters as JSON. */
export type Evidence = Readonly<Record<string, unknown>>;

/** What a try found. */
export type CheckFinding =
  | { readonly outcome: 'pass'; readonly evidence: Evidence }
  | {
      readonly outcome: 'fail';
      readonly evidence: Evidence;
      /** What is lacking, as a rule in words; nothing in it was sent by others. */
      readonly problem: string;
      /** Whether another try could find something else. */
      readonly again: boolean;
    }
  /** Somebody else has to act first. */
  | { readonly outcome: 'wait'; readonly until: Date; readonly problem: string };
