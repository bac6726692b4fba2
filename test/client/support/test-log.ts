import { deriveCheckpointKey, type CheckpointKey } from '#libs/keys';
import {
  encodeEntryBundle,
  formatCheckpoint,
  formatVerifierKey,
  leafHash,
  MerkleTree,
  NOTE_SIGNATURE,
  parseTilePath,
  signNote,
  TILE_WIDTH,
  tileWidth,
  verifierKey,
  type VerifierKey,
} from '#libs/tlog';

const SEED = new Uint8Array(32).fill(7);

/** A log in memory that serves what a hub serves: signed checkpoints, tiles and bundles. */
export class TestLog {
  readonly leaves: Uint8Array[] = [];
  readonly key: VerifierKey;
  private readonly signer: CheckpointKey;
  private hashes: Uint8Array[] = [];
  private known: MerkleTree | null = null;

  constructor(
    readonly origin: string,
    seed: Uint8Array = SEED,
  ) {
    this.signer = deriveCheckpointKey(seed, origin);
    this.key = verifierKey(origin, NOTE_SIGNATURE, this.signer.publicKey);
  }

  /** The line of a policy file that pins it. */
  policyLine(url: string): string {
    return `log ${formatVerifierKey(this.key)} ${url}\n`;
  }

  get size(): number {
    return this.leaves.length;
  }

  append(leaf: Uint8Array): void {
    this.leaves.push(leaf);
    this.hashes.push(leafHash(leaf));
    this.known = null;
  }

  /** Puts other leaves in place of all. */
  rewrite(leaves: readonly Uint8Array[]): void {
    this.leaves.splice(0, this.leaves.length, ...leaves);
    this.hashes = leaves.map(leafHash);
    this.known = null;
  }

  private get tree(): MerkleTree {
    return (this.known ??= MerkleTree.ofLeafHashes(this.hashes));
  }

  root(size = this.size): Uint8Array {
    return this.tree.root(size);
  }

  inclusionProof(index: number, size = this.size): Uint8Array[] {
    return this.tree.inclusionProof(index, size);
  }

  /** A signed checkpoint, of the present or of another head. */
  checkpoint(head: { size?: number; root?: Uint8Array; origin?: string } = {}): Promise<string> {
    const { size = this.size, origin = this.origin } = head;
    const text = formatCheckpoint({ origin, size, root: head.root ?? this.root(size) });
    const { name, keyId } = this.key;
    return signNote(text, [{ name, keyId, sign: (message) => this.signer.sign(message) }]);
  }

  /** The file at a path below the log's prefix, or null. */
  async file(path: string): Promise<Uint8Array | null> {
    if (path === 'checkpoint') return Buffer.from(await this.checkpoint());
    if (!path.startsWith('tile/')) return null;
    const resource = parseTilePath(path);
    const level = resource.kind === 'tile' ? resource.level : 0;
    if (resource.width > tileWidth(level, resource.index, this.size)) return null;
    const first = resource.index * TILE_WIDTH;
    if (resource.kind === 'entries')
      return encodeEntryBundle(this.leaves.slice(first, first + resource.width));
    return Buffer.concat(
      Array.from({ length: resource.width }, (_, i) => {
        const span = TILE_WIDTH ** level;
        return this.tree.subtreeRoot({ start: (first + i) * span, end: (first + i + 1) * span });
      }),
    );
  }
}
