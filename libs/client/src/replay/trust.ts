/** Submissions and their entries. */
export interface Tally {
  submissions: number;
  entries: number;
}

/** What of the log's submissions was seen, and so what had to be taken on trust. */
export interface SeenSubmissions {
  /** Everything: lines, author and decisions. */
  whole: Tally;
  /** Own ones in channels that are not received: lines and author, and not what was decided. */
  undecided: Tally;
  /** The author and its signature, the content body and the decisions, and not the lines. */
  named: Tally;
  /** The content body and the decisions, and neither lines nor author nor whether anybody signed. */
  anonymous: Tally;
  /** Nothing but the leaf; how many entries is not known, either. */
  hidden: number;
  /** Changes of a type in a round that were not compared, because they are below the type's horizon: a snapshot was, in their place. */
  belowHorizon: number;
  /** `state` statements that were not compared with the replayed state: the hub keeps nothing of them any more, or shows it to others only. */
  states: number;
}

export function nothingSeen(): SeenSubmissions {
  const none = (): Tally => ({ submissions: 0, entries: 0 });
  return {
    ...{ whole: none(), undecided: none(), named: none(), anonymous: none(), hidden: 0 },
    ...{ belowHorizon: 0, states: 0 },
  };
}

export function count(tally: Tally, entries: number): void {
  tally.submissions += 1;
  tally.entries += entries;
}
