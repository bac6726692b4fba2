import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { toHex } from '#libs/protocol';
import { parsePolicy, sha256 } from '#libs/tlog';
import { checkPromiseEvidence } from './promise-evidence.js';

const page = (name: string) =>
  readFileSync(new URL(`../../../../../docs/protocol-${name}.md`, import.meta.url), 'utf8');
const PAGE = page('proof');
const blocksOf = (text: string): Buffer[] =>
  [...text.matchAll(/```\n([^`]+)```/g)].map(([, block]) => Buffer.from(block!));
const [policy] = blocksOf(PAGE.slice(PAGE.indexOf('## Worked example')));
const [evidence] = blocksOf(PAGE.slice(PAGE.indexOf('### A promise that was not kept')));
const ORIGIN = 'hub.example.org';

describe('the promise of docs/protocol-proof.md that was not kept', () => {
  it('is shown by its evidence, under the policy of the page', async () => {
    const hub = { policy: parsePolicy(policy!.toString()), origin: ORIGIN, baseUrl: '', feeds: [] };
    expect(await checkPromiseEvidence(hub, evidence!, 'example')).toEqual({
      origin: ORIGIN,
      member: 'hotline-a',
      jti: '0192f0c1-7a6b-7c3d-8e9f-000000000001',
      counter: 1,
      receivedAt: 1795400000500,
      deadline: 1795486400500,
      size: 6,
      lastTime: 1795486401000,
      seen: 1795486401400,
      pastDeadline: true,
    });
    expect(PAGE).toContain(toHex(sha256(evidence!)));
  });

  it('is the promise of docs/protocol-submission.md', () => {
    const submission = page('submission');
    const [block] = blocksOf(submission.slice(submission.indexOf('### The promise')));
    const [header, payload, signature] = block!.toString().trimEnd().split('\n');
    const { promise } = JSON.parse(evidence!.toString()) as { promise: string };
    const parts = [header!, payload!].map((part) => Buffer.from(part).toString('base64url'));
    expect(promise).toBe([...parts, signature].join('.'));
  });
});
