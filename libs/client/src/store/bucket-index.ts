import { hash } from 'node:crypto';
import { BUCKET_COUNT, emptySubtreeHash } from '#libs/protocol';
import { ClientError } from '../client-error.js';

const MAGIC = Buffer.from('CAIRNIX1');
const HASH_BYTES = 32;
/** Buckets under one stored root. */
export const TILE_WIDTH = 256;
const TILES = BUCKET_COUNT / TILE_WIDTH;
const TILES_AT = MAGIC.length;

/** Bytes before the rows: magic, and the root of each 256 buckets. */
export const ROWS_AT = TILES_AT + TILES * HASH_BYTES;
/** A row: where the bucket's bytes begin in the data file (u64be), how many they are (u32be), their leaf hash. */
export const ROW_BYTES = 8 + 4 + HASH_BYTES;
/** Bytes of an index file. */
export const INDEX_BYTES = ROWS_AT + BUCKET_COUNT * ROW_BYTES;

const LENGTH_AT = 8;
const LEAF_AT = 12;

/** Where a bucket lies. */
export interface BucketPlace {
  readonly offset: number;
  readonly length: number;
}

/**
 * The set tree of one type as the store keeps it: per bucket its leaf hash and where its records lie. Its bytes are the
 * index file. Nodes are hashed when the root is asked for, and only above what changed.
 */
export class BucketIndex {
  private readonly dirtyTiles = new Set<number>();

  private constructor(readonly bytes: Buffer) {}

  /** The index of an empty set. */
  static empty(): BucketIndex {
    const bytes = Buffer.alloc(INDEX_BYTES);
    MAGIC.copy(bytes);
    const tile = emptySubtreeHash(8);
    for (let i = 0; i < TILES; i++) bytes.set(tile, TILES_AT + i * HASH_BYTES);
    for (let i = 0; i < TILES; i++) EMPTY_ROWS.copy(bytes, rowAt(i * TILE_WIDTH));
    return new BucketIndex(bytes);
  }

  /**
   * The index in a file's bytes.
   *
   * @param subject  named when it is none
   * @throws ClientError `STORE_DAMAGED`
   */
  static restore(bytes: Buffer, subject: string): BucketIndex {
    if (bytes.length !== INDEX_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw new ClientError('STORE_DAMAGED', subject, 'is not an index that this client wrote');
    }
    return new BucketIndex(bytes);
  }

  /** Where the records of `bucket` lie; length 0 for an empty bucket. */
  place(bucket: number): BucketPlace {
    return readPlace(this.bytes, rowAt(bucket));
  }

  /** Whether `leaf`, 32 bytes as a latin1 string, is the leaf hash of `bucket`. */
  hasLeaf(bucket: number, leaf: string): boolean {
    return readLeaf(this.bytes, rowAt(bucket)) === leaf;
  }

  /** Puts other records into `bucket`; `leaf` is their leaf hash as a latin1 string. */
  set(bucket: number, offset: number, length: number, leaf: string): void {
    const at = rowAt(bucket);
    this.bytes.writeBigUInt64BE(BigInt(offset), at);
    this.bytes.writeUInt32BE(length, at + LENGTH_AT);
    this.bytes.write(leaf, at + LEAF_AT, HASH_BYTES, 'latin1');
    this.dirtyTiles.add(Math.floor(bucket / TILE_WIDTH));
  }

  /** Moves the records of `bucket`, which stay the same. */
  move(bucket: number, offset: number): void {
    this.bytes.writeBigUInt64BE(BigInt(offset), rowAt(bucket));
  }

  /** Hashes every node anew, whatever changed. */
  touchAll(): void {
    for (let tile = 0; tile < TILES; tile++) this.dirtyTiles.add(tile);
  }

  /** The set root, hex. */
  root(): string {
    for (const tile of this.dirtyTiles) {
      if (isUntouched(this.bytes, tile)) {
        EMPTY_NODES[8]!.copy(this.bytes, TILES_AT + tile * HASH_BYTES);
        continue;
      }
      for (let i = 0; i < TILE_WIDTH; i++) {
        const leafAt = rowAt(tile * TILE_WIDTH + i) + LEAF_AT;
        this.bytes.copy(nodes, i * HASH_BYTES, leafAt, leafAt + HASH_BYTES);
      }
      foldNodes(0).copy(this.bytes, TILES_AT + tile * HASH_BYTES);
    }
    this.dirtyTiles.clear();
    this.bytes.copy(nodes, 0, TILES_AT, ROWS_AT);
    return foldNodes(8).toString('hex');
  }
}

/** Whether the rows of the 256 buckets from `tile` × 256 on are as in the index of an empty set: in a small set most are. */
export function isUntouched(bytes: Buffer, tile: number): boolean {
  const start = rowAt(tile * TILE_WIDTH);
  return bytes.compare(EMPTY_ROWS, 0, EMPTY_ROWS.length, start, start + EMPTY_ROWS.length) === 0;
}

/** Position of a bucket's row in an index file. */
export function rowAt(bucket: number): number {
  return ROWS_AT + bucket * ROW_BYTES;
}

/** The place in the row at `at`. */
export function readPlace(bytes: Buffer, at: number): BucketPlace {
  return {
    offset: bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4),
    length: bytes.readUInt32BE(at + LENGTH_AT),
  };
}

/** The leaf hash in the row at `at`, as a latin1 string. */
export function readLeaf(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at + LEAF_AT, at + LEAF_AT + HASH_BYTES);
}

const nodes = Buffer.alloc(TILE_WIDTH * HASH_BYTES);
/** 0x01 || left || right: RFC 9162 §2.1.1. */
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, 1);
const EMPTY_NODES = Array.from({ length: 17 }, (_, level) => Buffer.from(emptySubtreeHash(level)));
/** The rows of 256 buckets that never held anything. */
const EMPTY_ROWS = Buffer.concat(
  Array<Buffer>(TILE_WIDTH).fill(Buffer.concat([Buffer.alloc(LEAF_AT), EMPTY_NODES[0]!])),
);

/** The root over the 256 hashes in `nodes`, which are of `level`; a view that lasts until the next call. */
function foldNodes(level: number): Buffer {
  for (let width = TILE_WIDTH / 2, height = level; width >= 1; width /= 2, height++) {
    const empty = EMPTY_NODES[height]!;
    for (let i = 0; i < width; i++) {
      nodes.copy(nodeInput, 1, 2 * i * HASH_BYTES, (2 * i + 2) * HASH_BYTES);
      if (isPair(empty)) EMPTY_NODES[height + 1]!.copy(nodes, i * HASH_BYTES);
      else nodes.write(hash('sha256', nodeInput, 'binary'), i * HASH_BYTES, HASH_BYTES, 'latin1');
    }
  }
  return nodes.subarray(0, HASH_BYTES);
}

function isPair(empty: Buffer): boolean {
  return (
    nodeInput.compare(empty, 0, HASH_BYTES, 1, 1 + HASH_BYTES) === 0 &&
    nodeInput.compare(empty, 0, HASH_BYTES, 1 + HASH_BYTES, 1 + 2 * HASH_BYTES) === 0
  );
}
