import { signCompactJws, verifyJsonJws, type PublicKeyRecord, type SigningKey } from '#libs/keys';
import {
  commitment,
  encodeAuthor,
  encodeContent,
  encodeStatement,
  LIMITS,
  linesRoot,
  MANIFEST_TYP,
  parseEntries,
  ProtocolError,
  readManifest,
  splitLines,
  toHex,
  type Entry,
  type Manifest,
} from '#libs/protocol';
import { formatTlogProof, sha256 } from '#libs/tlog';
import type { TestLog } from './test-log.js';

/** A submission that the test hub keeps. */
export interface StoredSubmission {
  readonly manifest: Manifest;
  readonly jws: string;
  readonly entries: readonly Entry[];
  readonly receivedAt: number;
  readonly deadline: number;
  readonly counter: number;
  readonly digest: string;
  readonly promise: string;
  /** Set when it is sequenced. */
  logged?: { index: number; leaf: string; content: string; author: string };
}

type Outcome = { line: number; outcome: string; code: string | null; effect: string | null };

const SALT = '5'.repeat(32);

/** Receives, promises and logs submissions as a hub does, for one member. */
export class TestSubmissions {
  readonly stored = new Map<string, StoredSubmission>();
  /** How often each jti arrived. */
  readonly arrivals: string[] = [];
  /** Milliseconds from receipt to deadline. */
  mergeDelay = 60_000;
  /** Refuses every batch like this when set. */
  refusal: { code: string; field: string; rule: string; line: number | null } | null = null;
  /** Entries of this type are rejected when they are decided. */
  rejectedType: string | null = null;

  constructor(
    private readonly origin: string,
    readonly log: TestLog,
    private readonly promiseKey: SigningKey,
    private readonly signingKey: () => PublicKeyRecord,
  ) {}

  async submit({ input }: { input: { manifest: string; entries: string } }): Promise<object> {
    const verified = await verifyJsonJws({
      token: input.manifest,
      typ: MANIFEST_TYP,
      key: this.signingKey(),
      maxBytes: LIMITS.manifestBytes,
    });
    if (!verified.ok)
      return refused({ code: verified.code, field: 'manifest', rule: verified.message, line: null });
    const manifest = readManifest(verified.claims);
    this.arrivals.push(manifest.jti);
    const known = this.stored.get(manifest.jti);
    if (known !== undefined) return receipt(known);
    if (this.refusal !== null) return refused(this.refusal);
    try {
      const lines = splitLines(Buffer.from(input.entries));
      if (linesRoot(lines) !== manifest.root || lines.length !== manifest.count)
        throw new Error('root or count');
      return receipt(await this.store(manifest, input.manifest, parseEntries(lines), verified.payload));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return refused({ code: error.code, field: error.field, rule: error.rule, line: error.line ?? null });
    }
  }

  /** Gives every submission that waits its place in the log. */
  sequence(): void {
    for (const submission of this.stored.values()) submission.logged ??= this.append(submission);
  }

  async find({ jti }: { jti: string }): Promise<object> {
    const found = this.stored.get(jti);
    if (found === undefined) return { __typename: 'NotFound', code: 'NOT_FOUND', message: 'not found' };
    const { logged, manifest } = found;
    const outcomes = logged === undefined ? [] : this.outcomes(found);
    const count = (outcome: string) => outcomes.filter((of) => of.outcome === outcome).length;
    return {
      ...receipt(found),
      __typename: 'Submission',
      channel: manifest.channel,
      count: manifest.count,
      state: logged === undefined ? 'RECEIVED' : 'PUBLISHED',
      logIndex: logged?.index ?? null,
      ...(logged && { leaf: logged.leaf, content: logged.content, author: logged.author }),
      proof: logged === undefined ? null : await this.proof(logged.index),
      accepted: logged && count('ACCEPTED'),
      held: logged && count('HELD'),
      rejected: logged && count('REJECTED'),
      entries: ({ first, after }: { first: number; after?: string | null }) =>
        logged === undefined ? null : page(outcomes, first, after),
    };
  }

  private async store(
    manifest: Manifest,
    jws: string,
    entries: readonly Entry[],
    payload: Uint8Array,
  ): Promise<StoredSubmission> {
    const receivedAt = Date.now();
    const facts = {
      receivedAt,
      deadline: receivedAt + this.mergeDelay,
      counter: this.stored.size + 1,
      digest: toHex(sha256(payload)),
    };
    const claims = { iss: this.origin, sub: manifest.iss, jti: manifest.jti, digest: facts.digest };
    const times = { received: receivedAt, counter: facts.counter, deadline: facts.deadline };
    const promise = await signCompactJws({
      typ: 'cairn-promise+jws',
      payload: { ...claims, ...times },
      key: this.promiseKey,
    });
    const stored: StoredSubmission = { manifest, jws, entries, ...facts, promise };
    this.stored.set(manifest.jti, stored);
    return stored;
  }

  private outcomes({ entries }: StoredSubmission): Outcome[] {
    return entries.map(({ type }, line) =>
      type.name === this.rejectedType
        ? { line, outcome: 'REJECTED', code: 'type_not_in_channel', effect: null }
        : { line, outcome: 'ACCEPTED', code: null, effect: 'effective' },
    );
  }

  private append(submission: StoredSubmission): NonNullable<StoredSubmission['logged']> {
    const { manifest, jws, counter } = submission;
    const rejected = this.outcomes(submission).filter(({ outcome }) => outcome === 'REJECTED').length;
    const content = encodeContent({
      salt: SALT,
      channel: manifest.channel,
      attribution: manifest.attribution,
      count: manifest.count,
      root: manifest.root,
      decisions: '0'.repeat(64),
      accepted: manifest.count - rejected,
      held: 0,
      rejected,
    });
    const author = encodeAuthor({
      salt: SALT,
      member: manifest.iss,
      group: manifest.iss,
      key: this.signingKey().kid,
      counter,
      manifest: toHex(sha256(Buffer.from(jws))),
    });
    const leaf = encodeStatement({
      kind: 'submission',
      time: Date.now(),
      content: commitment(content),
      author: commitment(author),
      head: manifest.head,
    });
    this.log.append(leaf);
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
    return { index: this.log.size - 1, leaf: text(leaf), content: text(content), author: text(author) };
  }

  private async proof(index: number): Promise<string> {
    return formatTlogProof({
      index,
      proof: this.log.inclusionProof(index),
      checkpoint: await this.log.checkpoint(),
    });
  }
}

function receipt({ manifest, digest, receivedAt, deadline, counter, promise }: StoredSubmission): object {
  return {
    __typename: 'SubmissionReceipt',
    jti: manifest.jti,
    digest,
    receivedAt: new Date(receivedAt).toISOString(),
    deadline: new Date(deadline).toISOString(),
    counter,
    promise,
  };
}

function refused(refusal: { code: string; field: string; rule: string; line: number | null }): object {
  return { __typename: 'SubmissionRefused', message: `${refusal.field}: ${refusal.rule}`, ...refusal };
}

function page(outcomes: readonly Outcome[], first: number, after?: string | null): object {
  const start = after === undefined || after === null ? 0 : Number(after) + 1;
  const nodes = outcomes.slice(start, start + first);
  const end = nodes.at(-1)?.line;
  return {
    edges: nodes.map((node) => ({ cursor: String(node.line), node })),
    pageInfo: {
      hasNextPage: start + first < outcomes.length,
      endCursor: end === undefined ? null : String(end),
    },
  };
}
