import type { AnyEvidence, CheckedAnchor, CheckedFork, OpenedHead } from '#libs/client';
import { toHex } from '#libs/protocol';
import { evidenceJson, evidenceLines } from './evidence-text.js';
import { number, time } from './text.js';

/** What evidence of any format shows, and what it does not, for people. */
export function anyEvidenceLines(evidence: AnyEvidence): string[] {
  if (evidence.format === 'promise') return evidenceLines(evidence.promise);
  return evidence.format === 'heads' ? forkLines(evidence.heads) : anchorLines(evidence.anchor);
}

/** The same as JSON. */
export function anyEvidenceJson(evidence: AnyEvidence): object {
  if (evidence.format === 'promise') return evidenceJson(evidence.promise);
  return evidence.format === 'heads' ? forkJson(evidence.heads) : anchorJson(evidence.anchor);
}

function forkLines({ kind, log, first, second, seen }: CheckedFork): string[] {
  const heads = [
    `${log}: two heads under the hub's signature, met ${time(seen)} by the reader's clock`,
    `  ${headLine(first)}`,
    `  ${headLine(second)}`,
  ];
  return kind === 'fork'
    ? [
        ...heads,
        `A FORK: the second has another past at ${number(first.size)} leaves than the first. Whoever holds the hub's keys signed two histories. This needs nobody's word.`,
      ]
    : [
        ...heads,
        'NOT proved: that they contradict each other. That is the word of who kept them; the hub can disprove it by a consistency proof.',
      ];
}

function headLine({ size, root, published }: OpenedHead): string {
  const where =
    published === null
      ? 'a checkpoint'
      : `published in the provenance log at ${published.index}, ${time(published.time)}`;
  return `${number(size)} leaves, root ${toHex(root)}: ${where}`;
}

function anchorLines(anchor: CheckedAnchor): string[] {
  const { kind, origin, feed, size, roundTime, published, logSize, logTime, seen, read, pastByLog } = anchor;
  const round = roundTime === null ? '' : `, the last of ${time(roundTime)}`;
  const clock = pastByLog
    ? "the log had gone on for more than five minutes by the hub's own clock"
    : "that more than five minutes had passed is the word of who kept it, by the reader's clock";
  const log = `its log of ${number(logSize)} leaves, the last of ${time(logTime)}, was read ${time(read)}; first seen ${time(seen)}`;
  return kind === 'unanchored'
    ? [
        `${origin} signed a head of feed ${feed} of ${number(size)} rounds${round}`,
        ...[log, clock],
        'NOT proved: that the log publishes no head that covers it. The hub can disprove that by such a statement and its proof.',
      ]
    : [
        `${origin} served a head of feed ${feed} of ${number(size)} rounds${round}, and published ${number(published!.size)} at ${published!.index}, ${time(published!.time)}`,
        ...[log, clock],
        'NOT proved: that no more was served. That is the word of who kept it.',
      ];
}

function forkJson({ kind, origin, log, first, second, seen }: CheckedFork): object {
  return {
    proof: kind,
    verified: true,
    ...{ origin, log, first: headJson(first), second: headJson(second), seen: time(seen) },
    proves: { signed: true, fork: kind === 'fork' },
  };
}

function headJson({ size, root, published }: OpenedHead): object {
  const where = published === null ? null : { index: published.index, time: time(published.time) };
  return { size, root: toHex(root), published: where };
}

function anchorJson(anchor: CheckedAnchor): object {
  const { kind, roundTime, published, logTime, seen, read, ...others } = anchor;
  return {
    proof: kind,
    verified: true,
    ...others,
    roundTime: roundTime === null ? null : time(roundTime),
    published: published === null ? null : { ...published, time: time(published.time) },
    ...{ logTime: time(logTime), seen: time(seen), read: time(read) },
    proves: { signed: true, absence: false },
  };
}
