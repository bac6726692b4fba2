/** A row of cairn.log. Sizes are below 2^53, so they are numbers. */
export interface LogRow {
  id: number;
  origin: string;
  size: number;
  root: Buffer;
  lastTime: number;
}

/** Columns of `LogRow`, for SELECT and RETURNING. */
export const LOG_COLUMNS = `id, origin, size::float8 AS size, root, last_time::float8 AS "lastTime"`;

/** Origin of the provenance log of a hub. */
export function provenanceOrigin(hub: string): string {
  return `${hub}/log`;
}

/** Origin of the feed log of a channel. */
export function feedOrigin(hub: string, channel: string): string {
  return `${hub}/feed/${channel}`;
}
