import { join } from 'node:path';
import { gatePublicKey, type PublicKeyRecord } from '#libs/keys';
import { decodeStatement, ProtocolError, type ProvedLeaf } from '#libs/protocol';
import {
  equalBytes,
  formatTlogProof,
  leafHash,
  readConsistencyProof,
  readInclusionProof,
  TlogError,
  verifyConsistency,
  verifyInclusion,
  type TreeHead,
} from '#libs/tlog';
import { ClientError } from '../client-error.js';
import { durableFiles, replaceDurably } from '../files/durable-files.js';
import { EvidenceDirectory } from '../evidence/evidence-directory.js';
import { encodeForkEvidence } from '../evidence/fork-evidence.js';
import { readJsonFile } from '../files/read-file.js';
import { denyHead, type HeadDenial } from './denied-head.js';
import { requireNotBehind } from './extend-head.js';
import { keepHead, readHead } from './kept-head.js';
import { openCheckpoint, type VerifiedHead } from './open-checkpoint.js';
import { proveFork } from './prove-fork.js';
import type { ProvenanceOptions } from './provenance-options.js';
import type { StaticLog } from './static-log.js';

/**
 * Follows the hub's provenance log: keeps the last head that was verified, accepts only heads that extend it, and proves
 * the hub's own keys by the log's first leaf.
 */
export class ProvenanceFollower {
  private readonly evidence: EvidenceDirectory;

  constructor(private readonly options: ProvenanceOptions) {
    this.evidence = new EvidenceDirectory(durableFiles, options.directory);
  }

  /** The log's files. */
  get log(): StaticLog {
    return this.options.log;
  }

  /**
   * Verifies the present checkpoint and that it extends the last one, and keeps it. When it cannot extend it, both notes are kept as
   * evidence; after a fork nothing is followed until somebody has looked into it.
   *
   * @param also  another head that was verified before and that it must extend, too
   * @throws ClientError `NOTE_REJECTED`, `WRONG_LOG`, `LOG_NOT_PINNED`, `LOG_ROLLBACK`, `LOG_FORK`, `LOG_STOPPED`,
   *   `PROOF_REJECTED`, or as fetching does
   */
  async follow(also: VerifiedHead | null = null): Promise<VerifiedHead> {
    const { policy, origin, log, directory } = this.options;
    await this.requireNoFork();
    // Before the checkpoint is asked for: another process of this member may follow the log at the same time, and be further.
    const known = await readHead(directory);
    const head = openCheckpoint(policy, `${origin}/log`, await log.checkpoint());
    if (known !== null) await this.requireFollows(known, head);
    if (also !== null && !isSame(also, known)) await this.requireFollows(also, head);
    if (known?.size !== head.size) await keepHead(directory, head);
    return head;
  }

  /**
   * Refuses to go on while there is evidence of a fork of this log.
   *
   * @throws ClientError `LOG_STOPPED`
   */
  requireNoFork(): Promise<void> {
    return this.evidence.requireNoFork();
  }

  /** The last head that was verified; null for none, or one without leaves. */
  async lastHead(): Promise<VerifiedHead | null> {
    const known = await readHead(this.options.directory);
    return known === null || known.size === 0 ? null : known;
  }

  /**
   * The hub denies a head of the log: keeps what shows that its key signed it. Nothing is taken over.
   *
   * @param note  of that head; null when it is not known
   */
  denied(note: string | null): Promise<HeadDenial> {
    return denyHead(this.options, this.evidence, note);
  }

  /**
   * The keys that may sign promises: those of the hub statement, leaf 0 of the pinned log.
   *
   * @throws ClientError `HUB_STATEMENT_INVALID`, `PROOF_REJECTED`, or as {@link follow} does
   */
  async promiseKeys(): Promise<readonly PublicKeyRecord[]> {
    const stored = await readJsonFile(this.statementFile, 'CONFIG_INVALID');
    if (typeof stored?.['leaf'] === 'string') return this.keysOf(Buffer.from(stored['leaf']));
    const leaf = await this.proveFirstLeaf(await this.follow());
    const keys = this.keysOf(leaf);
    const text = JSON.stringify({ leaf: Buffer.from(leaf).toString('utf8') });
    await replaceDurably(durableFiles, this.statementFile, `${text}\n`);
    return keys;
  }

  /**
   * The hub's statement and the last leaf of the log, both proved under the present checkpoint, which is verified and followed first.
   *
   * @throws ClientError `HUB_STATEMENT_INVALID`, `PROOF_REJECTED`, or as {@link follow} does
   */
  async proveEnds(): Promise<{ hub: ProvedLeaf; last: ProvedLeaf }> {
    const head = await this.follow();
    return { hub: await this.proveLeaf(head, 0), last: await this.proveLeaf(head, head.size - 1) };
  }

  /**
   * A leaf with its proof under a verified head of this log.
   *
   * @throws ClientError `LOG_GAP`, `PROOF_REJECTED`, or as fetching does
   */
  async proveLeaf(head: VerifiedHead, index: number): Promise<ProvedLeaf> {
    const { log } = this.options;
    const { value } = await log.leaves(index, index + 1, head.size).next();
    const leaf = value?.[0];
    if (leaf === undefined) throw new ClientError('LOG_GAP', log.name, `leaf ${index} is not served`);
    const proof = await this.proveInclusion(head, index, leaf);
    return {
      leaf: Buffer.from(leaf).toString('utf8'),
      proof: formatTlogProof({ index, proof, checkpoint: head.note }),
    };
  }

  private get statementFile(): string {
    return join(this.options.directory, 'statement.json');
  }

  private async requireFollows(known: VerifiedHead, head: VerifiedHead): Promise<void> {
    try {
      requireNotBehind(this.options.log.name, known, head);
      if (known.size > 0 && known.size < head.size) await this.requireExtension(known, head);
    } catch (error) {
      throw await this.withEvidence(error, known, head);
    }
  }

  /** A head that is not proved to extend the known one may be proved to part from it: then it is a fork, not just a bad proof. */
  private async withEvidence(error: unknown, known: VerifiedHead, head: VerifiedHead): Promise<unknown> {
    if (!(error instanceof ClientError) || !['LOG_FORK', 'PROOF_REJECTED'].includes(error.code)) return error;
    const { origin, log } = this.options;
    const fork = await proveFork(log.tiles(head.size), known, head);
    const [first, second] = [{ note: known.note }, { note: head.note }];
    const file = encodeForkEvidence({ origin, log: `${origin}/log`, first, second, fork, seen: Date.now() });
    const kind = fork === null ? 'mismatch' : 'fork';
    const path = await this.evidence.keep(kind, `${known.note}\0${head.note}`, file);
    const reason = fork === null ? error.reason : FORKED;
    const code = fork === null ? error.code : 'LOG_FORK';
    return new ClientError(code, log.name, `${reason}; both notes are kept in ${path}`, { cause: error });
  }

  private async requireExtension(known: TreeHead, head: TreeHead): Promise<void> {
    const { log } = this.options;
    await rejecting(`consistency of ${log.name}`, async () => {
      const proof = await readConsistencyProof(log.tiles(head.size), known.size, head.size);
      verifyConsistency({ first: known, second: head, proof });
    });
  }

  private async proveFirstLeaf(head: TreeHead): Promise<Uint8Array> {
    const { log } = this.options;
    const subject = `leaf 0 of ${log.name}`;
    const { value } = await log.leaves(0, 1, head.size).next();
    const leaf = value?.[0];
    if (leaf === undefined) throw new ClientError('HUB_STATEMENT_INVALID', subject, 'the log is empty');
    await this.proveInclusion(head, 0, leaf);
    return leaf;
  }

  private proveInclusion(head: TreeHead, index: number, leaf: Uint8Array): Promise<Uint8Array[]> {
    const { log } = this.options;
    return rejecting(`leaf ${index} of ${log.name}`, async () => {
      const proof = await readInclusionProof(log.tiles(head.size), index, head.size);
      verifyInclusion({ leafHash: leafHash(leaf), index, ...head, proof });
      return proof;
    });
  }

  private keysOf(leaf: Uint8Array): PublicKeyRecord[] {
    const subject = `leaf 0 of ${this.options.log.name}`;
    const statement = decode(leaf, subject);
    if (statement.kind !== 'hub' || statement.origin !== this.options.origin) {
      throw new ClientError('HUB_STATEMENT_INVALID', subject, 'is not the statement of this hub');
    }
    return statement.keys.flatMap(({ purpose, jwk }) => {
      if (purpose !== 'promise') return [];
      const gated = gatePublicKey(jwk);
      if (gated.ok) return [gated.key];
      throw new ClientError('HUB_STATEMENT_INVALID', subject, `promise key: ${gated.message}`);
    });
  }
}

const FORKED = 'its key signed two histories; tell the alliance and other members';

function isSame(a: TreeHead, b: TreeHead | null): boolean {
  return b !== null && a.size === b.size && equalBytes(a.root, b.root);
}

function decode(leaf: Uint8Array, subject: string) {
  try {
    return decodeStatement(leaf);
  } catch (cause) {
    if (cause instanceof ProtocolError) {
      throw new ClientError('HUB_STATEMENT_INVALID', subject, cause.message, { cause });
    }
    throw cause;
  }
}

async function rejecting<T>(subject: string, prove: () => Promise<T>): Promise<T> {
  try {
    return await prove();
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw new ClientError('PROOF_REJECTED', subject, `${cause.message} (${cause.code})`, { cause });
  }
}
