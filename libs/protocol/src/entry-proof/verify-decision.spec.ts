import { describe, expect, it } from '@jest/globals';
import { leafHash, rootOfLeafHashes } from '#libs/tlog';
import { toHex } from '../hex.js';
import { refusalOf, utf8 } from '../refusal.arbitrary.js';
import { commitment, encodeContent, type ContentBody } from '../statement/commitments.js';
import type { SubmissionStatement } from '../statement/statement.js';
import { decisionLine, decisionsRoot, type Decision } from '../submission/decisions.js';
import { DecisionTree } from './decision-tree.js';
import { verifyDecision, type ShownDecision } from './verify-decision.js';

const INDEX = 40;
const DECISIONS: readonly Decision[] = [
  { verdict: 'accepted', code: null, prev: null },
  { verdict: 'held', code: 'unknown_label', prev: 12 },
  { verdict: 'accepted', code: null, prev: 39 },
];
const tree = new DecisionTree(DECISIONS);

function contentOf(decisions: readonly Decision[], salt = '0'): ContentBody {
  const count = (wanted: string) => decisions.filter(({ verdict }) => verdict === wanted).length;
  return {
    ...{ salt: salt.repeat(32), channel: 'csam', attribution: 'named', count: decisions.length },
    ...{ root: '1'.repeat(64), decisions: decisionsRoot(decisions) },
    ...{ accepted: count('accepted'), held: count('held'), rejected: count('rejected') },
  };
}

const text = (content: ContentBody): string => new TextDecoder().decode(encodeContent(content));
const content = text(contentOf(DECISIONS));
const leafOf = (body: string): SubmissionStatement => ({
  ...{ kind: 'submission', time: 1, author: '2'.repeat(64), head: null },
  content: commitment(utf8(body)),
});
const shown = (line: number): ShownDecision => ({ index: INDEX, line, content, decision: tree.prove(line) });
const refused = (change: Partial<ShownDecision>, leaf = leafOf(content)) =>
  refusalOf(() => verifyDecision({ ...shown(1), ...change }, leaf));

describe('verifyDecision', () => {
  describe('when the leaf commits to the decision', () => {
    it.each([0, 1, 2])('reads that of line %d', (line) => {
      expect(verifyDecision(shown(line), leafOf(content))).toEqual({
        content: contentOf(DECISIONS),
        decision: DECISIONS[line],
      });
    });
  });

  describe('when it commits to something else', () => {
    const other = text(contentOf(DECISIONS, '3'));
    const { line, path } = tree.prove(1);

    it.each<[string, Partial<ShownDecision>, string, string]>([
      ['a content body of another submission', { content: other }, 'DIGEST_MISMATCH', 'content'],
      ['the decision about another line', { decision: tree.prove(0) }, 'ROOT_MISMATCH', 'decision.path'],
      ['another line number', { line: 2 }, 'ROOT_MISMATCH', 'decision.path'],
      ['a line beyond the submission', { line: 3 }, 'ROOT_MISMATCH', 'decision.path'],
      [
        'another verdict',
        { decision: { line: line.replace('held', 'rejected'), path } },
        'ROOT_MISMATCH',
        'decision.path',
      ],
      [
        'another prev',
        { decision: { line: line.replace('12', '11'), path } },
        'ROOT_MISMATCH',
        'decision.path',
      ],
      ['a shorter path', { decision: { line, path: path.slice(1) } }, 'ROOT_MISMATCH', 'decision.path'],
    ])('refuses %s', (_what, change, code, field) => {
      expect(refused(change)).toEqual({ code, field });
    });
  });

  describe('when the decisions break a rule of their own', () => {
    it('refuses a prev that is not below the index', () => {
      expect(refused({ index: 12 })).toEqual({ code: 'EVIDENCE_MISMATCH', field: 'decision.prev' });
    });

    it('refuses one that says that it is about another line', () => {
      const misplaced = decisionLine(1, DECISIONS[0]!);
      const decisions = toHex(rootOfLeafHashes([leafHash(misplaced)]));
      const body = text({ ...contentOf([DECISIONS[0]!]), decisions });
      const decision = { line: new TextDecoder().decode(misplaced), path: [] };
      expect(refused({ line: 0, content: body, decision }, leafOf(body))).toEqual({
        code: 'EVIDENCE_MISMATCH',
        field: 'decision.line',
      });
    });
  });
});
