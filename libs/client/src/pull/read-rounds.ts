import {
  decodeUtf8,
  PackError,
  parseStrictJson,
  readRound,
  StrictJsonError,
  type Round,
} from '#libs/protocol';
import { ClientError, type ClientErrorCode } from '../client-error.js';

/** A round with its place in the feed's log. */
export interface NumberedRound {
  readonly index: number;
  readonly round: Round;
}

/**
 * Reads leaves of a feed, whose hashes must have been verified before.
 *
 * @param first  index of the first leaf
 * @param logSize  size of the provenance log that the round before names; null when there is none
 * @throws ClientError `ROUND_UNSUPPORTED` for a kind or version that this client does not know, `ROUND_INVALID`,
 *   `ROUND_OF_ANOTHER_FEED`
 */
export function readRounds(
  feed: string,
  first: number,
  leaves: readonly Uint8Array[],
  logSize: number | null,
): NumberedRound[] {
  let before = logSize ?? 0;
  return leaves.map((leaf, i) => {
    const round = readLeaf(feed, first + i, leaf, before);
    before = round.log.size;
    return { index: first + i, round };
  });
}

function readLeaf(feed: string, index: number, leaf: Uint8Array, before: number): Round {
  const subject = `feed ${feed}, round ${index}`;
  const round = parse(leaf, subject);
  if (round.feed !== feed)
    throw new ClientError('ROUND_OF_ANOTHER_FEED', subject, 'is a round of another channel');
  if (round.kind === 'rollup' && round.to > index)
    throw new ClientError('ROUND_INVALID', subject, 'to must not be above the index of the rollup');
  if (round.log.size < before)
    throw new ClientError('ROUND_INVALID', subject, 'log.size must not be below that of the round before');
  return round;
}

function parse(leaf: Uint8Array, subject: string): Round {
  try {
    const text = decodeUtf8(leaf);
    return readRound(parseStrictJson(text), text);
  } catch (cause) {
    if (cause instanceof StrictJsonError)
      throw new ClientError('ROUND_INVALID', subject, cause.message, { cause });
    if (cause instanceof PackError) throw new ClientError(codeOf(cause), subject, reasonOf(cause), { cause });
    throw cause;
  }
}

function codeOf({ code }: PackError): ClientErrorCode {
  const unknown = ['unsupported-version', 'unknown-kind'];
  return unknown.includes(code) ? 'ROUND_UNSUPPORTED' : 'ROUND_INVALID';
}

function reasonOf(error: PackError): string {
  return codeOf(error) === 'ROUND_UNSUPPORTED'
    ? `${error.message}; this client cannot tell what it would miss, so use a newer one`
    : error.message;
}
