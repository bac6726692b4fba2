import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { merkleRoot } from '#libs/tlog';
import { toHex } from '../hex.js';
import { LIMITS } from '../limits.js';
import { DECISION_CODES, decisionLine, decisionsRoot, VERDICTS, type Decision } from './decisions.js';

const anyDecision: fc.Arbitrary<Decision> = fc.record({
  verdict: fc.constantFrom(...VERDICTS),
  code: fc.option(fc.constantFrom(...DECISION_CODES)),
  prev: fc.option(fc.maxSafeNat()),
});

describe('decisionLine', () => {
  it('has these bytes', () => {
    const line = (n: number, decision: Decision) => new TextDecoder().decode(decisionLine(n, decision));
    expect(line(0, { verdict: 'accepted', code: null, prev: null })).toBe(
      '{"line":0,"verdict":"accepted","code":null,"prev":null}',
    );
    expect(line(12, { prev: 7, code: 'unknown_label', verdict: 'rejected' })).toBe(
      '{"line":12,"verdict":"rejected","code":"unknown_label","prev":7}',
    );
  });
});

describe('decisionsRoot', () => {
  it('is the RFC 9162 root over the lines in order', () => {
    fc.assert(
      fc.property(fc.array(anyDecision, { maxLength: 20 }), (decisions) => {
        const lines = decisions.map((decision, line) => decisionLine(line, decision));
        expect(decisionsRoot(decisions)).toBe(toHex(merkleRoot(lines)));
      }),
    );
  });

  it('is the same again, and beyond the lines of a submission', () => {
    const plain: Decision = { verdict: 'accepted', code: null, prev: null };
    const decisions = new Array<Decision>(LIMITS.entries + 1).fill(plain);
    const root = toHex(merkleRoot(decisions.map((decision, line) => decisionLine(line, decision))));
    expect([decisionsRoot(decisions), decisionsRoot(decisions)]).toEqual([root, root]);
  });

  it('differs when any decision does', () => {
    fc.assert(
      fc.property(fc.array(anyDecision, { minLength: 1 }), fc.nat(), anyDecision, (decisions, at, other) => {
        const index = at % decisions.length;
        fc.pre(JSON.stringify(Object.values(decisions[index]!)) !== JSON.stringify(Object.values(other)));
        expect(decisionsRoot(decisions.with(index, other))).not.toBe(decisionsRoot(decisions));
      }),
    );
  });
});
