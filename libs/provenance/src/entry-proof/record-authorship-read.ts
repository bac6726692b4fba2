import type { Database } from '#libs/platform';

/** A person who is about to be shown who the author of an anonymous entry is. */
export interface IntendedRead {
  /** Id of the person. */
  readonly person: number;
  /** The entry, by index of its submission in the provenance log and line. */
  readonly index: number;
  readonly line: number;
  readonly channel: string;
  /** Why, in 1 to 200 characters. */
  readonly purpose: string;
}

/**
 * Records that a person reads who the author of an anonymous entry is. Nobody is shown it before that is committed.
 *
 * @returns whether it was recorded: not for who has no role of staff any more
 */
export async function recordAuthorshipRead(
  database: Database,
  { person, index, line, channel, purpose }: IntendedRead,
): Promise<boolean> {
  return database.transaction('record-authorship-read', `person:${person}`, async (tx) => {
    const [row] = await tx.query<{ recorded: boolean }>(
      'SELECT cairn.record_authorship_read($1, $2, $3, $4) AS recorded',
      [index, line, channel, purpose],
    );
    return row!.recorded;
  });
}
