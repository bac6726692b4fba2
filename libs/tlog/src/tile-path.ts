import { requireInteger } from './integers.js';
import {
  requireWidth,
  TILE_WIDTH,
  type BundleCoordinates,
  type TileCoordinates,
} from './tile-coordinates.js';
import { TlogError } from './tlog-error.js';

/** What a path under the log's prefix names. */
export type TileResource =
  ({ readonly kind: 'tile' } & TileCoordinates) | ({ readonly kind: 'entries' } & BundleCoordinates);

const MAX_LEVEL = 63;
const PATH = /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/**
 * The path of a tile, `tile/<L>/<N>[.p/<W>]`, without a slash in front: c2sp.org/tlog-tiles, "Merkle Tree".
 * @throws TlogError `out_of_range`: level over 63, index not a safe integer, width not 1 to 256
 */
export function tilePath({ level, index, width }: TileCoordinates): string {
  return `tile/${requireLevel(level)}/${numbered(index, width)}`;
}

/**
 * The path of an entry bundle, `tile/entries/<N>[.p/<W>]`, without a slash in front: c2sp.org/tlog-tiles,
 * "Log entries".
 * @throws TlogError `out_of_range`: index not a safe integer, width not 1 to 256
 */
export function bundlePath({ index, width }: BundleCoordinates): string {
  return `tile/entries/${numbered(index, width)}`;
}

/**
 * The tile or bundle that a path names; every resource has one path only: c2sp.org/tlog-tiles. Whether a tree
 * of some size has it is another question: `tileWidth`.
 * @throws TlogError `malformed`, or `out_of_range`: level over 63, index over 2^53 - 1, width over 255
 */
export function parseTilePath(path: string): TileResource {
  const match = PATH.exec(path);
  if (match === null)
    throw new TlogError('malformed', 'tile path: must be tile/<level or entries>/<index>[.p/<width>]');
  const [, level, groups, partial] = match as unknown as [string, string, string, string | undefined];
  if (groups.startsWith('x000'))
    throw new TlogError('malformed', 'tile path: the index has a leading zero group');
  const index = requireInteger(Number(groups.replaceAll(/[x/]/g, '')), 'tile index');
  const width = partial === undefined ? TILE_WIDTH : requirePartial(Number(partial));
  return level === 'entries'
    ? { kind: 'entries', index, width }
    : { kind: 'tile', level: requireLevel(Number(level)), index, width };
}

function numbered(index: number, width: number): string {
  const groups = [String(requireInteger(index, 'tile index') % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return groups.join('/') + (requireWidth(width) === TILE_WIDTH ? '' : `.p/${width}`);
}

function requireLevel(level: number): number {
  if (requireInteger(level, 'tile level') > MAX_LEVEL) {
    throw new TlogError('out_of_range', 'tile level: must be 63 at most');
  }
  return level;
}

function requirePartial(width: number): number {
  if (width >= TILE_WIDTH) throw new TlogError('out_of_range', 'tile width: a partial one is at most 255');
  return width;
}
