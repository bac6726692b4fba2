import { randomUUID } from 'node:crypto';
import { generateSigningKey, signCompactJws, type SigningKey } from '#libs/keys';
import { linesRoot, toHex } from '#libs/protocol';
import { formatTlogProof, MerkleTree, sha256 } from '#libs/tlog';
import { TestLog } from '../client/support/test-log.js';

/** Members that replace those of a part before it is hashed or signed; one that is undefined leaves its member out. */
type Change = Readonly<Record<string, unknown>>;

/** What a hub and an author who lie say instead, signed and logged like any truth. */
export interface Forgery {
  readonly hub?: Change;
  readonly hubKey?: Change;
  readonly key?: Change;
  readonly entry?: Change;
  readonly manifest?: Change;
  readonly content?: Change;
  readonly author?: Change;
  readonly leaf?: Change;
  readonly decision?: Change;
  readonly standing?: Change;
  readonly promise?: Change;
  readonly last?: Change;
  /** Members of the document itself; nothing signs them. */
  readonly document?: Change;
}

/** One document as JSON, in the order of its page. */
export type Document = Record<string, unknown>;

export const FORGE_ORIGIN = 'hub.test';
const TIME = 1_795_400_000_000;
const KEY_INDEX = 1;
const INDEX = 2;

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const digest = (data: Uint8Array): string => toHex(sha256(data));
const text = (data: Uint8Array): string => Buffer.from(data).toString();

/** Makes documents of docs/protocol-proof.md, true ones and such in which anything that is signed says something else. */
export class DocumentForge {
  private readonly author = generateSigningKey('ES256');
  private readonly promise = generateSigningKey('Ed25519');
  private readonly log = new TestLog(`${FORGE_ORIGIN}/log`);

  /** The policy under which all of them are signed. */
  policy(): string {
    return `${this.log.policyLine('https://hub.test')}quorum none\n`;
  }

  /** The whole proof of the second of three lines. */
  async proof(forgery: Forgery = {}): Promise<Document> {
    const lines = [0, 1, 2].map((n) => bytes({ ...entry(n), ...(n === 1 ? forgery.entry : {}) }));
    const decisions = lines.map((_, line) =>
      bytes({ line, verdict: 'accepted', code: null, prev: null, ...(line === 1 ? forgery.decision : {}) }),
    );
    const batch = { channel: 'csam', attribution: 'named', count: lines.length, root: linesRoot(lines) };
    const manifest = await this.manifest(batch, forgery);
    const content = bytes({
      ...{ cairn: 'content/1', salt: 'ab'.repeat(16), ...batch, decisions: rootOf(decisions) },
      ...{ accepted: 3, held: 0, rejected: 0, ...forgery.content },
    });
    const body = bytes({
      ...{
        cairn: 'author/1',
        salt: 'cd'.repeat(16),
        member: 'alice',
        group: 'alice',
        key: this.author.publicKey.kid,
      },
      ...{ counter: 1, manifest: digest(Buffer.from(manifest)), ...forgery.author },
    });
    const leaf = { content: digest(content), author: digest(body), head: null, ...forgery.leaf };
    const prove = await this.logged([statement('submission', leaf), statement('tick', {})], forgery);
    return {
      ...{ cairn: 'entry-proof/1', origin: FORGE_ORIGIN, index: INDEX, line: 1, entry: text(lines[1]!) },
      ...{ path: pathOf(lines), submission: prove(INDEX), content: text(content) },
      decision: { line: text(decisions[1]!), path: pathOf(decisions) },
      author: {
        body: text(body),
        manifest,
        key: prove(KEY_INDEX),
        hub: prove(0),
        standing: await this.standing(forgery),
      },
      ...forgery.document,
    };
  }

  /** Evidence that a promise was not kept, by the clock of the log itself. */
  async evidence(forgery: Forgery = {}): Promise<Document> {
    const jti = randomUUID();
    const batch = { channel: 'csam', attribution: 'named', count: 1, root: '0'.repeat(64) };
    const manifest = await this.manifest({ ...batch, jti }, forgery);
    const payload = Buffer.from(manifest.split('.')[1]!, 'base64url');
    const promise = {
      ...{ iss: FORGE_ORIGIN, sub: 'alice', jti, digest: digest(payload) },
      ...{ received: TIME, counter: 1, deadline: TIME + 1, ...forgery.promise },
    };
    const prove = await this.logged([statement('tick', { time: TIME + 2, ...forgery.last })], forgery);
    return {
      ...{ cairn: 'promise-evidence/1', origin: FORGE_ORIGIN, manifest },
      promise: await signed('cairn-promise+jws', promise, this.promise),
      ...{ hub: prove(0), last: prove(this.log.size - 1), seen: TIME + 5, ...forgery.document },
    };
  }

  private manifest(batch: object, { manifest }: Forgery): Promise<string> {
    const claims = {
      iss: 'alice',
      aud: FORGE_ORIGIN,
      jti: randomUUID(),
      iat: TIME / 1000,
      ...batch,
      head: null,
    };
    return signed('cairn-submission+jws', { ...claims, ...manifest }, this.author);
  }

  private standing({ standing }: Forgery): Promise<string> {
    const claims = {
      iss: FORGE_ORIGIN,
      iat: TIME / 1000,
      size: 4,
      member: 'alice',
      key: this.author.publicKey.kid,
    };
    const life = { since: KEY_INDEX, revoked: null, voidFrom: null };
    return signed('cairn-key-standing+jws', { ...claims, ...life, ...standing }, this.promise);
  }

  /** Logs hub, key and the given leaves anew; @returns what proves each by its index */
  private async logged(rest: readonly Uint8Array[], { hub, hubKey, key }: Forgery) {
    const jwk = JSON.parse(this.promise.publicKey.jwk) as object;
    const promiseKey = { purpose: 'promise', jwk: { ...jwk, ...hubKey } };
    const { kid, jwk: own } = this.author.publicKey;
    const registered = { member: 'alice', purpose: 'signing', key: kid, jwk: JSON.parse(own) as object };
    this.log.rewrite([
      statement('hub', { origin: FORGE_ORIGIN, keys: [promiseKey], ...hub }),
      statement('key', { ...registered, ...key }),
      ...rest,
    ]);
    const checkpoint = await this.log.checkpoint();
    return (index: number) => ({
      leaf: text(this.log.leaves[index]!),
      proof: formatTlogProof({ index, proof: this.log.inclusionProof(index), checkpoint }),
    });
  }
}

/** The one spelling of a document. */
export function spelled(document: Document): Uint8Array {
  return Buffer.from(`${JSON.stringify(document)}\n`);
}

function entry(n: number): object {
  return { op: 'assert', type: 'sha256', value: `0${n}`.repeat(32), salt: `1${n}`.repeat(16) };
}

function statement(kind: string, members: Change): Uint8Array {
  return bytes({ cairn: 'statement/1', kind, time: TIME, ...members });
}

function signed(typ: string, payload: object, key: SigningKey): Promise<string> {
  return signCompactJws({ typ, payload: bytes(payload), key });
}

function pathOf(leaves: readonly Uint8Array[]): string[] {
  return MerkleTree.ofLeaves(leaves).inclusionProof(1).map(toHex);
}

function rootOf(leaves: readonly Uint8Array[]): string {
  return toHex(MerkleTree.ofLeaves(leaves).root());
}
