import {
  checkEvidence,
  decodeAuthor,
  decodeDecisionColumn,
  ProtocolError,
  requireDecisions,
  type CheckedEvidence,
  type Decision,
  type NamedLines,
  type ShownSubmission,
} from '#libs/protocol';
import { difference, type Difference } from './difference.js';
import type { ErasedLines } from './erased-lines.js';
import type { RegisteredKeys } from './registered-keys.js';
import { count, type SeenSubmissions } from './trust.js';

/** A submission as far as it is shown, every part of it verified. */
export interface ReadSubmission {
  readonly checked: CheckedEvidence;
  /** Null when they are not shown. */
  readonly decisions: readonly Decision[] | null;
}

/** What was read, or why it cannot be relied on. */
export type SubmissionRead =
  | { readonly ok: true; readonly submission: ReadSubmission | null }
  | { readonly ok: false; readonly difference: Difference };

const UNNAMED =
  'the hub does not show the line, and no erase statement of this log names it; if it was erased just now, replay again';

/** Who replays: an auditor is to be shown everything, a member its own lines and what else it may see. */
export type Replayer = { readonly kind: 'auditor' } | { readonly kind: 'member'; readonly name: string };

/** Verifies what is shown of submissions: that it belongs to the leaf, that the author signed it, and what the hub decided. */
export class SubmissionReader {
  constructor(
    private readonly origin: string,
    private readonly replayer: Replayer,
    private readonly keys: RegisteredKeys,
    private readonly erased: ErasedLines,
    private readonly seen: SeenSubmissions,
  ) {}

  async read(index: number, leaf: Uint8Array, shown: ShownSubmission | null): Promise<SubmissionRead> {
    const missing = this.whatIsMissing(shown);
    if (missing !== null) return refused('evidence_missing', missing, index);
    if (shown === null) {
      this.seen.hidden += 1;
      return { ok: true, submission: null };
    }
    try {
      const named = this.erased.of(index);
      const unnamed = shown.erased.find(({ line }) => !named.has(line));
      if (unnamed !== undefined) return refused('evidence_missing', UNNAMED, index, unnamed.line);
      const submission = await this.verify(leaf, shown, named);
      eraseLines(submission, named);
      this.count(submission);
      return { ok: true, submission };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return refused('evidence_invalid', `${error.message} (${error.code})`, index, error.line);
    }
  }

  /** An auditor is shown everything; a member may not know what there is to be shown. */
  private whatIsMissing(shown: ShownSubmission | null): string | null {
    if (this.replayer.kind === 'member') return null;
    if (shown === null) return 'the hub shows nothing of a submission that is in the log';
    const { content, author, lines } = shown;
    if (content === null) return 'the hub does not show content body and decisions';
    if (author === null) return 'the hub does not show author body and manifest';
    return lines === null ? 'the hub does not show the lines' : null;
  }

  private async verify(leaf: Uint8Array, shown: ShownSubmission, named: NamedLines): Promise<ReadSubmission> {
    const jwk = shown.author === null ? null : this.keys.find(decodeAuthor(shown.author).key);
    const bytes = { ...shown, leaf, jwk };
    const checked = await checkEvidence(bytes, this.origin, this.keys.verifyManifest, named);
    if (shown.decisions === null || checked.content === null) return { checked, decisions: null };
    const decisions = decodeDecisionColumn(shown.decisions);
    requireDecisions(checked.content, decisions);
    return { checked, decisions };
  }

  private count({ checked: { content, author, manifest, entries } }: ReadSubmission): void {
    const size = content?.count ?? manifest?.count ?? 0;
    if (entries !== null) count(content === null ? this.seen.undecided : this.seen.whole, size);
    else count(author === null ? this.seen.anonymous : this.seen.named, size);
  }
}

/** What the log erases is void from the start, whether or not the hub still shows it. */
function eraseLines({ checked: { entries } }: ReadSubmission, named: ReadonlyMap<number, number>): void {
  for (const line of named.keys()) if (entries !== null && line < entries.length) entries[line] = null;
}

function refused(
  kind: 'evidence_missing' | 'evidence_invalid',
  detail: string,
  index: number,
  line?: number,
): SubmissionRead {
  return { ok: false, difference: difference(kind, detail, { index, line: line ?? null }) };
}
