import type { Actor, Database, Tx } from '#libs/platform';
import { ActRefused, type ApplicationFailure } from './application-result.js';
import { brokenRule } from './application-rules.js';

/** Who acts on an application. The database refuses an act recorded under another person than the transaction's actor. */
export type By =
  /** Row id of a person: staff, or an administrator of the member. */
  | { person: number }
  /** The applicant itself, who came with the secret of the application of that id. */
  | { applicant: string }
  /** A member organisation, by its row id. */
  | { member: number }
  /** A part of the hub, such as `worker`. */
  | { system: string };

/** The transaction's actor for who acts. */
export function actorOf(by: By): Actor {
  if ('person' in by) return `person:${by.person}`;
  if ('applicant' in by) return `applicant:${by.applicant}`;
  if ('member' in by) return `member:${by.member}`;
  return `system:${by.system}`;
}

/** The person's row id, if a person acts. */
export function personOf(by: By): number | null {
  return 'person' in by ? by.person : null;
}

/**
 * Runs one act in a transaction. A rule that is broken, in the code or in the database, ends it and comes back as a typed result;
 * any other error is thrown.
 */
export async function act<T extends object>(
  database: Database,
  name: string,
  by: By,
  work: (tx: Tx) => Promise<T>,
): Promise<({ ok: true } & T) | ApplicationFailure> {
  try {
    if ('applicant' in by) requireApplicationId(by.applicant);
    const done = await database.transaction(name, actorOf(by), work);
    return { ok: true, ...done };
  } catch (error) {
    if (error instanceof ActRefused) return error.failure;
    const broken = brokenRule(error);
    if (broken !== null) return broken;
    throw error;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Ends the act unless the text can be the id of an application; whether there is one shows later. */
export function requireApplicationId(id: string): string {
  if (!UUID.test(id)) throw new ActRefused('NOT_FOUND', 'application', 'is not known');
  return id;
}
