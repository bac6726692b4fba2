import { randomBytes, randomUUID } from 'node:crypto';
import { generateSigningKey, signCompactJws, type SigningKey } from '#libs/keys';
import { linesRoot, MANIFEST_TYP, type Manifest, splitLines } from '#libs/protocol';

/** A line of a submission as an author writes it; the salt is added. */
export type TestEntry = { op: string; type: string; value: string } & Record<string, unknown>;

/** A batch as it is sent. */
export interface TestBatch {
  manifest: string;
  entries: Buffer;
  jti: string;
}

/** A member organisation in tests: its name and its signing key. */
export class TestMember {
  constructor(
    readonly name: string,
    readonly hub: string,
    readonly signing: SigningKey = generateSigningKey(),
  ) {}

  /** Signs a batch. `claims` overrides what an honest author would put into the manifest. */
  async batch(
    channel: string,
    entries: readonly TestEntry[],
    claims: Partial<Manifest> = {},
  ): Promise<TestBatch> {
    return this.sign(channel, encodeLines(entries), entries.length, claims);
  }

  /** Signs exact bytes, whatever they are. */
  async sign(
    channel: string,
    bytes: Buffer,
    count: number,
    claims: Partial<Manifest> = {},
  ): Promise<TestBatch> {
    const payload: Manifest = {
      iss: this.name,
      aud: this.hub,
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      channel,
      attribution: 'anonymous',
      count,
      root: rootOf(bytes),
      head: null,
      ...claims,
    };
    const manifest = await signCompactJws({ typ: MANIFEST_TYP, payload, key: this.signing });
    return { manifest, entries: bytes, jti: payload.jti };
  }
}

/** NDJSON bytes of entries, each with a random salt. */
export function encodeLines(entries: readonly TestEntry[]): Buffer {
  const lines = entries.map(
    (entry) => `${JSON.stringify({ ...entry, salt: randomBytes(16).toString('hex') })}\n`,
  );
  return Buffer.from(lines.join(''));
}

/** The root over the lines, or a wrong one for bytes that are no lines. */
function rootOf(bytes: Buffer): string {
  try {
    return linesRoot(splitLines(bytes));
  } catch {
    return '0'.repeat(64);
  }
}

export function assertion(type: string, value: string, more: Record<string, unknown> = {}): TestEntry {
  return { op: 'assert', type, value, ...more };
}

export function retraction(type: string, value: string, reason = 'withdrawn'): TestEntry {
  return { op: 'retract', type, value, reason };
}
