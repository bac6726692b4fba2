import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { leafHash } from '#libs/tlog';
import { toHex } from '../hex.js';
import { project, type ProjectionInput } from '../projection/project.js';
import { emptyState, type ProjectionState } from '../projection/state.js';
import { decodeAuthor, decodeContent } from '../statement/commitments.js';
import { DECISIONS, exampleLog, TIME } from '../statement/example-log.arbitrary.js';
import { decodeStatement, encodeStatement } from '../statement/statement-codec.js';
import { parseEntries, splitLines } from '../submission/lines.js';
import { StateEncoder } from './state-encoder.js';
import { STATE_LEAVES } from './state-leaves.js';

const PAGE = readFileSync(new URL('../../../../../docs/protocol-state.md', import.meta.url), 'utf8');

/** The salt of leaf n: fourteen bytes 0x5a, then n in two bytes. */
const saltOf = (number: number) => Uint8Array.from([...Array(14).fill(0x5a), number >> 8, number & 255]);

async function exampleState(): Promise<ProjectionState> {
  const { leaves, index, bytes } = await exampleLog('hub.example.org');
  const submission = {
    content: decodeContent(bytes.content),
    author: decodeAuthor(bytes.author),
    entries: parseEntries(splitLines(bytes.lines)),
    decisions: DECISIONS,
  };
  let state = emptyState();
  leaves.forEach((leaf, at) => {
    const statement = decodeStatement(leaf);
    const input: ProjectionInput = at === index ? { statement, submission } : { statement };
    ({ state } = project(state, input));
  });
  return state;
}

describe('the worked example of docs/protocol-state.md', () => {
  let leaves: Uint8Array[];
  let encoder: StateEncoder;
  const salts = Array.from({ length: STATE_LEAVES }, (_, number) => saltOf(number));
  beforeAll(async () => {
    encoder = new StateEncoder(await exampleState());
    leaves = salts.map((salt, number) => encoder.leaf(number, salt));
  });

  it('has the directory', () => {
    expect(PAGE).toContain(`\n${new TextDecoder().decode(leaves[0]!.subarray(16))}`);
    expect(PAGE).toContain(toHex(leafHash(leaves[0]!)));
  });

  it('has the chunks that hold signals', () => {
    const filled = leaves.flatMap((leaf, number) =>
      number > 0 && leaf.length > 16 ? [{ leaf, number }] : [],
    );
    expect(filled).toHaveLength(2);
    for (const { leaf, number } of filled) {
      expect(PAGE).toContain(`chunk ${number - 1}, leaf ${number}`);
      expect(PAGE.replace(/\n/g, '')).toContain(toHex(leaf));
      expect(PAGE).toContain(toHex(leafHash(leaf)));
    }
  });

  it('has the statement', () => {
    const statement = { kind: 'state', time: TIME + 3000, size: 7, root: encoder.root(salts) } as const;
    expect(PAGE).toContain(`\n${new TextDecoder().decode(encodeStatement(statement))}\n`);
  });
});
