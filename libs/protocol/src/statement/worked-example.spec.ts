import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { leafHash, merkleRoot, sha256 } from '#libs/tlog';
import { fromHex, toHex } from '../hex.js';
import { project, type ProjectionInput } from '../projection/project.js';
import { emptyState, type RecordChange } from '../projection/state.js';
import { utf8 } from '../refusal.arbitrary.js';
import { decisionLine, decisionsRoot } from '../submission/decisions.js';
import { linesRoot, parseEntries, splitLines } from '../submission/lines.js';
import { decodeAuthor, decodeContent } from './commitments.js';
import { MAX_PROMISE_BYTES, PROMISE_TYP, readPromise } from '../submission/promise.js';
import {
  DECISIONS,
  exampleLog,
  jwkOf,
  LINES,
  signToken,
  verifyToken,
  type ExampleLog,
} from './example-log.arbitrary.js';
import { decodeStatement, encodeStatement } from './statement-codec.js';

const PAGE = readFileSync(new URL('../../../../../docs/protocol-submission.md', import.meta.url), 'utf8');
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** RFC 8032, section 7.1, TEST 3: the hub's promise key. */
const PROMISE_SEED = fromHex('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7')!;

/** The first block after a heading. */
const blockAfter = (heading: string): string =>
  /```\n([^`]*)\n```/.exec(PAGE.slice(PAGE.indexOf(`### ${heading}\n`)))![1]!;

/** The records that the log leads to. */
function changesOf({ leaves, index, bytes }: ExampleLog): RecordChange[] {
  const submission = {
    content: decodeContent(bytes.content),
    author: decodeAuthor(bytes.author),
    entries: parseEntries(splitLines(bytes.lines)),
    decisions: DECISIONS,
  };
  let state = emptyState();
  return leaves.flatMap((leaf, at) => {
    const statement = decodeStatement(leaf);
    const input: ProjectionInput = at === index ? { statement, submission } : { statement };
    const step = project(state, input);
    state = step.state;
    return step.changes;
  });
}

describe('the worked example of docs/protocol-submission.md', () => {
  let log: ExampleLog;
  beforeAll(async () => {
    log = await exampleLog('hub.example.org');
  });

  it('has the lines, their leaf hashes and root', () => {
    const lines = splitLines(utf8(LINES));
    expect(PAGE).toContain(`\`\`\`\n${LINES}\`\`\``);
    for (const line of lines) expect(PAGE).toContain(toHex(leafHash(line)));
    expect(PAGE).toContain(linesRoot(lines));
  });

  it('has the manifest and its digests', () => {
    const [header, payload, signature] = log.bytes.manifest.split('.') as [string, string, string];
    const decoded = [header, payload].map((part) => Buffer.from(part, 'base64url').toString());
    expect(PAGE).toContain(`\`\`\`\n${decoded.join('\n')}\n${signature}\n\`\`\``);
    expect(PAGE).toContain(toHex(sha256(utf8(decoded[1]!))));
    expect(PAGE).toContain(toHex(sha256(utf8(log.bytes.manifest))));
  });

  it('has the decisions and the bodies', () => {
    const block = [
      ...DECISIONS.map((decision, line) => text(decisionLine(line, decision))),
      decisionsRoot(DECISIONS),
      text(log.bytes.content),
      text(log.bytes.author),
    ];
    expect(PAGE).toContain(`\`\`\`\n${block.join('\n')}\n\`\`\``);
  });

  it('has the log, its root and the records it leads to', () => {
    expect(PAGE).toContain(`\`\`\`\n${log.leaves.map(text).join('\n')}\n\`\`\``);
    expect(PAGE).toContain(toHex(leafHash(log.bytes.leaf)));
    expect(PAGE).toContain(toHex(merkleRoot(log.leaves)));
    const changes = changesOf(log);
    expect(changes.map(({ type }) => type)).toEqual(['sha256', 'pdq']);
    for (const { after } of changes) expect(PAGE).toContain(`\`${toHex(after!)}\``);
  });

  it('has the promise, by the key and about the payload that it says', () => {
    const [header, payload, signature] = blockAfter('The promise').split('\n') as [string, string, string];
    const promise = readPromise(JSON.parse(payload));
    const { iss, aud, jti } = log.manifest;
    const digest = toHex(sha256(Buffer.from(log.bytes.manifest.split('.')[1]!, 'base64url')));
    expect(promise).toMatchObject({ iss: aud, sub: iss, jti, digest, counter: 1 });
    const token = signToken(PROMISE_TYP, promise, PROMISE_SEED);
    const parts = [header, payload].map((part) => Buffer.from(part).toString('base64url'));
    expect([...parts, signature].join('.')).toBe(token);
    expect(verifyToken(token, PROMISE_TYP, jwkOf(PROMISE_SEED))).not.toBeNull();
    expect(token.length).toBeLessThanOrEqual(MAX_PROMISE_BYTES);
  });

  it('has a statement of each kind that is not in the log', () => {
    const lines = blockAfter('Other statements').split('\n');
    const statements = lines.map((line) => decodeStatement(utf8(line)));
    expect(statements.map((statement) => text(encodeStatement(statement)))).toEqual(lines);
    const kinds = [...log.leaves.map(decodeStatement), ...statements].map(({ kind }) => kind);
    const table = PAGE.slice(PAGE.indexOf('| kind | members |'), PAGE.indexOf('`policy`: `tlp`'));
    const known = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, kind]) => kind!);
    expect([...kinds, 'state'].sort()).toEqual(known.sort());
  });
});
