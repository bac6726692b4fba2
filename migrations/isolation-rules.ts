/**
 * The kinds of actor that `cairn.actor_kind()` knows, and `provenance`: the one `system` actor that sees entries of any member, to prove single
 * ones, or show those behind the log, to whoever is entitled. It may whatever `system` may, besides.
 */
export type ActorKind = 'member' | 'person' | 'applicant' | 'system' | 'provenance';

export type Command = 'select' | 'insert' | 'update' | 'delete';

/**
 * Whose the rows of a table are.
 *
 * - `member`, `person`, `applicant`: each row belongs to one, and that one alone sees it
 * - `channel`: each row belongs to a channel, and the members who may receive it see it
 * - `everyone`: known to everybody, such as what the provenance log says
 * - `house`: nobody's outside; rows that the house works with
 */
export type RowsOf = 'member' | 'person' | 'applicant' | 'channel' | 'everyone' | 'house';

/** How a table is kept apart. The login of the worker works for all and may do what it is granted; an unknown actor sees nothing there. */
export interface TableIsolation {
  readonly rowsOf: RowsOf;
  /** SQL over a row `t`: the id of its owner or channel. For rows of one owner or channel. */
  readonly owner?: string;
  /** What the login of the API may do, by who acts; nothing else. An owner does it to its own rows, any other kind to all. */
  readonly api: Readonly<Partial<Record<ActorKind, readonly Command[]>>>;
  /**
   * What people may do by their roles instead of as one kind. Staff do it to all rows, an administrator to those of its
   * own member, and people without such a role nothing.
   */
  readonly people?: {
    readonly deciders: readonly Command[];
    readonly auditors: readonly Command[];
    readonly administrator: readonly Command[];
  };
  /**
   * What functions of triggers, which run with the owner's rights, may do to all its rows, whoever acts: they judge an act by more than its
   * actor may see. Nobody can call them, and no function that can be called has these rights but `CALLABLE_WITH_OWNER_RIGHTS`.
   */
  readonly triggers?: readonly Command[];
  /** Why just so. */
  readonly reason: string;
}

/** Whether row-level security must stand under a table: it has rows that not everybody may have who has a login. */
export function isGuarded({ rowsOf, owner, api }: TableIsolation): boolean {
  return rowsOf !== 'everyone' && (owner !== undefined || Object.keys(api).length > 0);
}
