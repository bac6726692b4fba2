/** Where the set of one type stands, by the rounds read so far. */
export interface TypeProgress {
  readonly count: number;
  /** Set root, hex. */
  readonly root: string;
}
