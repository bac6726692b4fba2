import { latestCheckpoint, provenanceOrigin } from '#libs/ledger';
import { findChannelAccess } from '#libs/membership';
import type { Database, Tx } from '#libs/platform';
import { encodeEntryProof, signalTypeByName } from '#libs/protocol';
import { buildEntryProof, type EntryProverOptions, type ProofView } from './build-entry-proof.js';
import { findEntry, findErased, type ErasedEntry, type FoundEntry, type WantedEntry } from './find-entry.js';
import { recordAuthorshipRead } from './record-authorship-read.js';

/** Who asks: a member's machine, or a person of staff or an auditor. Both by the id of their row. */
export type ProofReader = { readonly kind: 'member' | 'person'; readonly id: number };

/** The file, or why there is none. Nothing tells what is not there from what the reader may not have. */
export type EntryProofResult =
  | { readonly ok: true; readonly document: string }
  | { readonly ok: false; readonly code: 'NOT_FOUND' }
  /** The line was erased; who may have its proof is told so, while the hub still knows what it was about. */
  | { readonly ok: false; readonly code: 'ERASED'; readonly index: number; readonly erasedBy: number }
  /** A person is shown the author of an anonymous entry only when it says why, which is recorded. */
  | { readonly ok: false; readonly code: 'PURPOSE_MISSING' };

const NOT_FOUND = { ok: false, code: 'NOT_FOUND' } as const;
const PURPOSE_MISSING = { ok: false, code: 'PURPOSE_MISSING' } as const;

/**
 * Proves single entries to whoever is entitled to them (docs/protocol-proof.md). One at a time is the rule by which lines of others are shown at
 * all: there is no list.
 */
export class EntryProver {
  constructor(
    private readonly database: Database,
    private readonly options: EntryProverOptions,
  ) {}

  /**
   * The proof of an entry that a signed checkpoint covers and whose effects are settled.
   *
   * @param purpose  why a person reads, 1 to 200 characters; needed for anonymous entries
   */
  async prove(
    reader: ProofReader,
    wanted: WantedEntry,
    purpose: string | null = null,
  ): Promise<EntryProofResult> {
    const parsed = signalTypeByName(wanted.type)?.parse(wanted.value);
    if (!parsed?.ok) return NOT_FOUND;
    const receives = reader.kind === 'person' || (await this.receives(reader.id, wanted.channel));
    const built = await this.build(reader, wanted, { key: parsed.key, receives });
    if (built === null) return NOT_FOUND;
    if ('erasedBy' in built) return { ok: false, code: 'ERASED', ...built };
    const { document, unmasks, index, line } = built;
    if (!unmasks) return { ok: true, document };
    if (purpose === null) return PURPOSE_MISSING;
    const read = { person: reader.id, index, line, channel: wanted.channel, purpose };
    if (!(await recordAuthorshipRead(this.database, read))) return NOT_FOUND;
    return { ok: true, document };
  }

  private build(
    reader: ProofReader,
    wanted: WantedEntry,
    { key, receives }: { key: Uint8Array; receives: boolean },
  ): Promise<{ document: string; unmasks: boolean; index: number; line: number } | ErasedEntry | null> {
    const { code } = signalTypeByName(wanted.type)!;
    return this.database.read('prove-entry', 'system:provenance', async (tx) => {
      const size = await provableSize(tx, this.options.origin);
      const limits = { size, author: receives ? null : reader.id };
      const found = await findEntry(tx, code, key, wanted, limits);
      if (found === null) return findErased(tx, code, key, wanted, limits);
      const proof = await buildEntryProof(tx, found, {
        ...this.options,
        ...viewOf(reader, receives, found),
        size,
      });
      const document = Buffer.from(encodeEntryProof(proof)).toString('utf8');
      const { index, line, named } = found;
      return { document, unmasks: reader.kind === 'person' && !named, index, line };
    });
  }

  private receives(member: number, channel: string): Promise<boolean> {
    return this.database.read('find-receiver', `member:${member}`, async (tx) => {
      return (await findChannelAccess(tx, member, channel))?.receive === true;
    });
  }
}

/** Statements that a signed checkpoint covers and the projection has applied: of these the hub can say how keys stand. */
async function provableSize(tx: Tx, origin: string): Promise<number> {
  const head = await latestCheckpoint(tx, provenanceOrigin(origin));
  const [projection] = await tx.query<{ size: number }>('SELECT size::float8 AS size FROM cairn.projection');
  return Math.min(head?.size ?? 0, projection!.size);
}

/** What a reader may see: docs/protocol-submission.md, "Commitments". */
function viewOf(reader: ProofReader, receives: boolean, { named, memberId }: FoundEntry): ProofView {
  const own = reader.kind === 'member' && reader.id === memberId;
  return { withContent: receives, withAuthor: reader.kind === 'person' || named || own };
}
