import { requireArray, requireInteger, requireMembers, requireObject } from '../fields.js';
import { LIMITS } from '../limits.js';
import { ProtocolError } from '../protocol-error.js';
import type { LinePlace } from './statement.js';

/** With the greatest indexes so many fit into a leaf. */
export const MOST_ERASED_LINES = 1000;

/**
 * Reads the lines that an `erase` statement names.
 *
 * @throws ProtocolError naming the field and the rule.
 */
export function readErasedPlaces(value: unknown): LinePlace[] {
  const places = requireArray(value, 'lines', MOST_ERASED_LINES).map((item) => {
    const place = requireObject(item, 'lines');
    requireMembers(place, ['index', 'line'], [], 'lines.');
    return {
      index: requireInteger(place['index'], 'lines.index', 0),
      line: requireInteger(place['line'], 'lines.line', 0, LIMITS.entries - 1),
    };
  });
  if (places.length === 0) throw refused('must name at least one line');
  if (places.some((place, at) => at > 0 && comparePlaces(places[at - 1]!, place) >= 0))
    throw refused('must be distinct and in ascending order of index and line');
  return places;
}

/** Order of lines in the log: negative when `a` comes first, 0 for the same line. */
export function comparePlaces(a: LinePlace, b: LinePlace): number {
  return a.index - b.index || a.line - b.line;
}

function refused(rule: string): ProtocolError {
  return new ProtocolError({ code: 'BAD_FIELD', field: 'lines', rule });
}
