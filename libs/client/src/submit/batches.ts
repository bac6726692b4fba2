import { hash, randomBytes, randomUUID } from 'node:crypto';
import { signCompactJws, type SigningKey } from '#libs/keys';
import { LIMITS, linesRoot, MANIFEST_TYP, readManifest, type LogHead, type Manifest } from '#libs/protocol';
import { checkEntry, type EntryDraft, type EntryPlace } from './entry-draft.js';

/** Entries that go into one submission: their exact lines, and where each came from. */
export interface Batch {
  /** NDJSON, every line ended by LF. */
  readonly entries: Buffer;
  readonly lines: readonly Buffer[];
  readonly places: readonly (EntryPlace | undefined)[];
}

/** Limits of a batch: those of the protocol, smaller ones in tests. */
export interface BatchLimits {
  readonly entries: number;
  readonly bytes: number;
}

const PROTOCOL_LIMITS: BatchLimits = { entries: LIMITS.entries, bytes: LIMITS.entriesBytes };

/** Collects checked entries into batches. */
export class BatchBuilder {
  /** Entries whose value was in upper case. */
  lowered = 0;
  /** Entries taken. */
  count = 0;
  private readonly digest: string[] = ['cairn/entries/v1'];
  private lines: Buffer[] = [];
  private places: (EntryPlace | undefined)[] = [];
  private bytes = 0;

  constructor(private readonly limits: BatchLimits = PROTOCOL_LIMITS) {}

  /**
   * Takes an entry in.
   *
   * @returns the batch that was full before it, or null
   * @throws ClientError `INPUT_INVALID`
   */
  add(draft: EntryDraft): Batch | null {
    const { members, lowered } = checkEntry(draft, ++this.count);
    if (lowered) this.lowered++;
    this.chain(JSON.stringify(members));
    const line = Buffer.from(`${JSON.stringify({ ...members, salt: newSalt() })}\n`);
    const full = this.lines.length >= this.limits.entries || this.bytes + line.length > this.limits.bytes;
    const batch = full ? this.take() : null;
    this.lines.push(line);
    this.places.push(draft.place);
    this.bytes += line.length;
    return batch;
  }

  /** The batch under way, or null when it is empty. */
  take(): Batch | null {
    if (this.lines.length === 0) return null;
    const batch = {
      entries: Buffer.concat(this.lines),
      lines: this.lines.map((line) => line.subarray(0, -1)),
      places: this.places,
    };
    [this.lines, this.places, this.bytes] = [[], [], 0];
    return batch;
  }

  /** A digest of all entries taken, salts apart: equal for equal input. */
  identity(): string {
    return this.fold();
  }

  /** A digest over digests, so that the entries themselves need not be kept. */
  private chain(text: string): void {
    this.digest.push(text);
    if (this.digest.length > 1000) this.digest.splice(0, this.digest.length, this.fold());
  }

  private fold(): string {
    return hash('sha256', this.digest.join('\n'), 'hex');
  }
}

/** What a manifest says beside what follows from the lines. */
export interface ManifestFacts {
  readonly member: string;
  /** The hub's name. */
  readonly origin: string;
  readonly channel: string;
  readonly attribution: Manifest['attribution'];
  readonly head: LogHead | null;
}

/** A signed manifest and the identity it gives its batch. */
export interface SignedManifest {
  readonly jti: string;
  /** Compact JWS. */
  readonly jws: string;
}

/** Signs a batch (docs/protocol.md, "Manifest"). */
export async function signManifest(
  facts: ManifestFacts,
  batch: Batch,
  key: SigningKey,
): Promise<SignedManifest> {
  const jti = randomUUID();
  const manifest: Manifest = {
    iss: facts.member,
    aud: facts.origin,
    jti,
    iat: Math.floor(Date.now() / 1000),
    channel: facts.channel,
    attribution: facts.attribution,
    count: batch.lines.length,
    root: linesRoot(batch.lines),
    head: facts.head,
  };
  readManifest(manifest);
  return { jti, jws: await signCompactJws({ typ: MANIFEST_TYP, payload: manifest, key }) };
}

let salts = Buffer.alloc(0);
let nextSalt = 0;

/** 128 random bits in hex; drawn from the system many at a time, because one call per entry is slow. */
function newSalt(): string {
  if (nextSalt >= salts.length) {
    salts = randomBytes(16 * 1024);
    nextSalt = 0;
  }
  nextSalt += 16;
  return salts.toString('hex', nextSalt - 16, nextSalt);
}
