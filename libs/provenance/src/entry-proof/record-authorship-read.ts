/** A person who is about to be shown who the author of an anonymous entry is. */
export interface AuthorshipRead {
  /** Id of the person. */
  readonly person: number;
  /** Index of the submission in the provenance log. */
  readonly index: number;
}

/**
 * Records that a person reads who the author of an anonymous submission is. Nobody is shown it before that is recorded.
 *
 * @returns whether it was recorded: never, as long as the hub keeps no such record
 */
export function recordAuthorshipRead(_read: AuthorshipRead): Promise<boolean> {
  return Promise.resolve(false);
}
