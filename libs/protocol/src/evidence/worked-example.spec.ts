import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { sha256 } from '#libs/tlog';
import { fromHex, toHex } from '../hex.js';
import { utf8 } from '../refusal.arbitrary.js';
import { checkSubmission } from '../statement/check-submission.js';
import { decodeContent } from '../statement/commitments.js';
import { exampleLog, JWK, verifyManifest } from '../statement/example-log.arbitrary.js';
import { decisionLine, decisionsRoot, type Decision } from '../submission/decisions.js';
import { splitLines } from '../submission/lines.js';
import { decodeDecisionColumn, encodeDecisionColumn } from './decision-column.js';
import { decodeEvidence, encodeEvidence, type ShownSubmission } from './evidence-file.js';

const PAGE = readFileSync(new URL('../../../../../docs/protocol-replay.md', import.meta.url), 'utf8');
const BLOCKS = [...PAGE.slice(PAGE.indexOf('## Worked example')).matchAll(/```\n([^`]+)\n```/g)].map(
  ([, block]) => block!,
);
const [lean, frame, parts, logged, blank] = BLOCKS as [string, string, string, string, string];
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The bytes of a frame of the page, in which words stand for a part that is text. */
function framed(block: string, texts: readonly string[]): Uint8Array {
  const rest = [...texts];
  const hex = block.split('\n').map((line) => {
    const [, digits = '', words] = /^([0-9a-f ]+?)(?: ([a-z]{3,}.*))?$/.exec(line)!;
    const part = words === undefined ? '' : `${rest.shift()}${words.includes('LF') ? '\n' : ''}`;
    return digits.replaceAll(' ', '') + toHex(utf8(part));
  });
  return fromHex(hex.join(''))!;
}

/** What the page says of a file. */
const said = (file: Uint8Array) =>
  `It has ${file.length.toLocaleString('en')} bytes; SHA-256 \`${toHex(sha256(file))}\``;

describe('the worked example of docs/protocol-replay.md', () => {
  it('has the file of who receives the channel', async () => {
    const { bytes } = await exampleLog('hub.example.org');
    const decisions = [0, 1].map((): Decision => ({ verdict: 'accepted', code: null, prev: null }));
    const shown = { index: 5, content: bytes.content, decisions: encodeDecisionColumn(decisions) };
    const submissions = [{ ...shown, author: null, manifest: null, lines: null, erased: [] }];
    const encoded = encodeEvidence({ from: 5, end: 6, submissions });
    expect(PAGE).toContain(said(encoded));
    expect(framed(lean, [text(bytes.content)])).toEqual(encoded);
  });

  it('has a file with all parts, in which a decision names the submission before', () => {
    const encoded = framed(frame, parts.split('\n'));
    expect(PAGE).toContain(said(encoded));
    const file = decodeEvidence(encoded);
    expect(encodeEvidence(file)).toEqual(encoded);
    expect(file).toMatchObject({ from: 6, end: 8, submissions: [{ index: 7 }] });
    const decisions = decodeDecisionColumn(file.submissions[0]!.decisions!);
    expect(decisions).toEqual([{ verdict: 'accepted', code: null, prev: 5 }]);
    expect(`${text(decisionLine(0, decisions[0]!))}\n`).toBe(logged.slice(0, logged.indexOf('\n') + 1));
    expect(decodeContent(file.submissions[0]!.content!).decisions).toBe(decisionsRoot(decisions));
  });

  it('has the file of a submission with an erased line, which still leads to the signed root', async () => {
    const { bytes } = await exampleLog('hub.example.org');
    const [line] = splitLines(bytes.lines);
    const texts = [bytes.content, bytes.author].map(text);
    const encoded = framed(blank, [...texts, bytes.manifest, text(line!)]);
    expect(PAGE).toContain(said(encoded));
    const [shown] = decodeEvidence(encoded).submissions;
    expect(encodeEvidence({ from: 5, end: 6, submissions: [shown!] })).toEqual(encoded);
    const checked = await checkSubmission(
      { ...bytes, lines: shown!.lines!, erased: shown!.erased },
      'hub.example.org',
      verifyManifest,
      new Set([1]),
    );
    expect(checked.entries.map((entry) => entry?.type.name ?? null)).toEqual(['sha256', null]);
  });

  it('has the leaf to which all parts belong', async () => {
    const leaf = utf8(logged.split('\n')[1]!);
    const { submissions } = decodeEvidence(framed(frame, parts.split('\n')));
    const { content, author, manifest, lines } = submissions[0] as {
      [Part in keyof ShownSubmission]: NonNullable<ShownSubmission[Part]>;
    };
    const bytes = { leaf, content, author, manifest, lines, jwk: JWK };
    const checked = await checkSubmission(bytes, 'hub.example.org', verifyManifest);
    expect(checked).toMatchObject({
      author: { counter: 2 },
      entries: [{ op: 'retract', type: { name: 'pdq' } }],
    });
  });
});
