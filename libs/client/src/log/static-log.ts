import {
  bundlePath,
  decodeEntryBundle,
  TILE_WIDTH,
  tilePath,
  tileWidth,
  TlogError,
  type TileCoordinates,
  type TileReader,
} from '#libs/tlog';
import { ClientError, type ClientErrorCode } from '../client-error.js';

/** Longest note (c2sp.org/signed-note, as libs/tlog limits it). */
const MAX_NOTE_BYTES = 64 * 1024;
const MAX_ENTRY_BYTES = 2 + 65_535;
const HASH_BYTES = 32;

/** Fetches a file below the log's prefix; null when there is none. */
export type FetchFile = (
  path: string,
  limits: { maxBytes: number; subject: string; oversize?: ClientErrorCode },
) => Promise<Uint8Array | null>;

/** The files of one log (c2sp.org/tlog-tiles). Nothing that it returns is verified. */
export class StaticLog {
  /** @param name  of the log, for errors */
  constructor(
    readonly name: string,
    private readonly fetchFile: FetchFile,
  ) {}

  /** @throws ClientError `NOT_FOUND`, `OVERSIZE`, or as fetching does */
  async checkpoint(): Promise<Uint8Array> {
    const subject = `checkpoint of ${this.name}`;
    const note = await this.fetchFile('checkpoint', { maxBytes: MAX_NOTE_BYTES, subject });
    if (note === null) throw new ClientError('NOT_FOUND', subject, 'the hub has no such log');
    return note;
  }

  /**
   * The leaves of `start` to `end` (not included), bundle by bundle.
   *
   * @param size  of the log, as its checkpoint says: no bundle is asked to be wider
   * @throws ClientError `LOG_GAP` when the log does not hold them, `OVERSIZE`
   */
  async *leaves(start: number, end: number, size: number): AsyncGenerator<Uint8Array[], void, undefined> {
    for (let index = Math.floor(start / TILE_WIDTH); index * TILE_WIDTH < end; index++) {
      const first = index * TILE_WIDTH;
      const entries = await this.bundle(index, Math.min(TILE_WIDTH, size - first));
      yield entries.slice(Math.max(0, start - first), end - first);
    }
  }

  /** Reads hashes from the tiles that a log of `size` leaves has. */
  tiles(size: number): TileReader {
    return {
      readTile: async ({ level, index }: TileCoordinates) => {
        const width = tileWidth(level, index, size);
        return width === 0 ? undefined : this.tile({ level, index, width });
      },
    };
  }

  private async tile(tile: TileCoordinates): Promise<Uint8Array | undefined> {
    const subject = `tile ${tile.level}/${tile.index} of ${this.name}`;
    const limits = { maxBytes: TILE_WIDTH * HASH_BYTES, subject };
    const partial = await this.fetchFile(tilePath(tile), limits);
    if (partial !== null) return partial;
    // The log has grown since its checkpoint was read, and its partial tiles are gone.
    return (await this.fetchFile(tilePath({ ...tile, width: TILE_WIDTH }), limits)) ?? undefined;
  }

  private async bundle(index: number, width: number): Promise<Uint8Array[]> {
    const subject = `leaves from ${index * TILE_WIDTH} of ${this.name}`;
    const limits = { maxBytes: TILE_WIDTH * MAX_ENTRY_BYTES, subject };
    const exact = await this.fetchFile(bundlePath({ index, width }), limits);
    if (exact !== null) return decode(exact, width, subject);
    const full = await this.fetchFile(bundlePath({ index, width: TILE_WIDTH }), limits);
    if (full === null) throw new ClientError('LOG_GAP', subject, 'the hub does not serve them');
    return decode(full, TILE_WIDTH, subject).slice(0, width);
  }
}

function decode(bytes: Uint8Array, width: number, subject: string): Uint8Array[] {
  try {
    return decodeEntryBundle(bytes, width);
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw new ClientError('LOG_GAP', subject, `there must be ${width}, and are not`, { cause });
  }
}
