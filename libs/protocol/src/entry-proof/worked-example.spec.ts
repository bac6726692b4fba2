import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { toHex } from '../hex.js';
import { formatPolicy, sha256 } from '#libs/tlog';
import { encodeEntryProof } from './entry-proof.js';
import { exampleProofs } from './example-proof.arbitrary.js';

const PAGE = readFileSync(new URL('../../../../../docs/protocol-proof.md', import.meta.url), 'utf8');

describe('the worked example of docs/protocol-proof.md', () => {
  it('has the whole proof and the blinded one, byte for byte', async () => {
    const { whole, blinded } = await exampleProofs();
    for (const proof of [whole, blinded]) {
      const bytes = encodeEntryProof(proof);
      expect(PAGE).toContain(`\`\`\`\n${new TextDecoder().decode(bytes)}\`\`\``);
      expect(PAGE).toContain(toHex(sha256(bytes)));
    }
  });

  it('has the policy and the standing', async () => {
    const { trust, whole } = await exampleProofs();
    expect(PAGE).toContain(`\`\`\`\n${formatPolicy(trust.policy)}\`\`\``);
    const [header, payload] = whole
      .author!.standing.split('.')
      .map((part) => Buffer.from(part, 'base64url').toString());
    expect(PAGE).toContain(`\`\`\`\n${header}\n${payload}\n\`\`\``);
  });
});
