import { parseTilePath, TlogError, type TileResource } from '#libs/tlog';
import type { Reply } from './fastify.types.js';

/** How an object may be kept by whoever fetched it. */
export const CACHE = {
  /** A checkpoint is of interest for seconds. */
  log: { checkpoint: 'public, max-age=2', object: 'public, max-age=31536000, immutable' },
  /** What is in a feed is for its readers, and forgotten after a week: an erased value must leave caches too. */
  feed: { checkpoint: 'private, max-age=2', object: 'private, max-age=604800, immutable' },
} as const;

const CHECKPOINT_TYPE = 'text/plain; charset=utf-8';
const OBJECT_TYPE = 'application/octet-stream';

export function sendCheckpoint(reply: Reply, note: string | undefined, cache: string): Reply {
  return note === undefined
    ? refuse(reply, 404)
    : reply.header('cache-control', cache).type(CHECKPOINT_TYPE).send(note);
}

export function sendObject(reply: Reply, bytes: Buffer | null, cache: string): Reply {
  return bytes === null
    ? refuse(reply, 404)
    : reply.header('cache-control', cache).type(OBJECT_TYPE).send(bytes);
}

const WORDS = {
  401: 'a channel ticket is needed',
  403: 'the ticket does not open this',
  404: 'not found',
  410: 'deleted: a horizon of the feed is above it',
} as const;

/** The same few words for whatever was asked for. */
export function refuse(reply: Reply, status: keyof typeof WORDS): Reply {
  if (status === 401) void reply.header('www-authenticate', 'CairnTicket');
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type(CHECKPOINT_TYPE)
    .send(`${WORDS[status]}\n`);
}

/** The tile or bundle that a path below a log names, or null. */
export function tileResource(path: string): TileResource | null {
  try {
    return parseTilePath(path);
  } catch (error) {
    if (error instanceof TlogError) return null;
    throw error;
  }
}
