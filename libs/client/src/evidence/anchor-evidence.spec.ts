import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readHubPolicy } from '../config/hub-policy.js';
import { checkAnchorEvidence, encodeAnchorEvidence, type AnchorEvidence } from './anchor-evidence.js';

const PAGE = readFileSync(new URL('../../../../../docs/protocol-evidence.md', import.meta.url), 'utf8');
const [policy] = [...PAGE.matchAll(/```\n([^`]+)```/g)].map(([, block]) => Buffer.from(block!));
const kept = JSON.parse(/^\{"cairn":"anchor-evidence\/1".*$/m.exec(PAGE)![0]) as AnchorEvidence;
const check = (evidence: AnchorEvidence) =>
  checkAnchorEvidence(readHubPolicy(policy!, 'policy'), encodeAnchorEvidence(evidence), 'example');

describe('evidence about feed and log', () => {
  it.each(['round', 'published', 'last'] as const)(
    'refuses a line in the proof of %s that nothing signs',
    async (member) => {
      const { leaf, proof } = kept[member]!;
      const longer = proof.replace('\nindex ', '\nextra YQ==\nindex ');
      expect(longer).not.toBe(proof);
      await expect(check({ ...kept, [member]: { leaf, proof: longer } })).rejects.toMatchObject({
        code: 'PROOF_REJECTED',
        message: expect.stringContaining('must have no extra line (NOT_IN_LOG)'),
      });
      expect((await check(kept)).kind).toBe('kept-back');
    },
  );
});
