import type { EraseStatement } from '../statement/statement.js';
import { invalidHistory } from './invalid-history.js';
import { NO_EFFECT, type SignalEffect } from './signal-effect.js';
import type { ErasedLine, ProjectionState } from './state.js';

/** What is still known of a line whose bytes are erased. */
export interface ErasedDecision {
  /** Zero-based line in its submission. */
  line: number;
  /** As in its decision. */
  prev: number | null;
}

/**
 * Notes the lines of the submission at log index `index` that are void from the start. An `erase` of the log names each of them, at whatever index;
 * that it does is for whoever has read the log to its end.
 *
 * @throws ProtocolError INVALID_HISTORY
 */
export function noteErasedLines(
  state: ProjectionState,
  channel: string,
  index: number,
  lines: readonly ErasedDecision[],
): void {
  if (lines.length === 0) return;
  const ofSubmission = new Map<number, ErasedLine>();
  for (const { line, prev } of lines) {
    // The way back through erased lines must come to an end.
    if (prev !== null && prev >= index)
      throw invalidHistory('decision.prev', 'must be below the submission').atLine(line);
    ofSubmission.set(line, { channel, prev, erasedAt: null });
  }
  state.erasedLines.set(index, ofSubmission);
}

/** Nothing follows from an erasure: what it erases never had effect. It must name such lines, and each once. */
export function applyErase(state: ProjectionState, { lines }: EraseStatement): SignalEffect {
  for (const { index, line } of lines) {
    const known = state.erasedLines.get(index)?.get(line);
    if (known === undefined) {
      if (!state.complete && index < state.size) continue;
      throw invalidHistory('lines', 'must be lines of earlier submissions that are void from the start');
    }
    if (known.erasedAt !== null) throw invalidHistory('lines', 'must not be erased already');
    known.erasedAt = state.size;
  }
  return NO_EFFECT;
}

/**
 * Whether `prev` leads back to `latest` through lines of the channel, each not erased yet when what names it was logged: whoever decided then still
 * knew what they were about. The decision names the first of them, and each the next.
 */
export function leadsThroughErased(
  { erasedLines }: ProjectionState,
  channel: string,
  prev: number | null,
  latest: number | null,
): boolean {
  const open = [{ at: prev, namedBy: Infinity }];
  // The earlier an index was named, the more of its lines lead on.
  const earliest = new Map<number, number>();
  while (open.length > 0) {
    const { at, namedBy } = open.pop()!;
    if (at === latest) return true;
    if (at === null || (earliest.has(at) && earliest.get(at)! <= namedBy)) continue;
    earliest.set(at, namedBy);
    for (const line of erasedLines.get(at)?.values() ?? []) {
      const wasThere = line.erasedAt === null || line.erasedAt > namedBy;
      if (line.channel === channel && wasThere) open.push({ at: line.prev, namedBy: at });
    }
  }
  return false;
}
