import { foldChanges, type Change, type Pack } from '#libs/protocol';
import { compareKeys } from './compare-keys.js';
import { changesInRange } from './pack-changes.js';

/**
 * The fold of packs, given one by one in the order in which they apply, over a window of keys: those above `after`, from the least on,
 * as many as fit. Only the window is held, never the packs, and what lies in it is exactly what `foldPacks` gives for its keys.
 *
 * It holds because the window's upper end only ever comes down: a key that has once been left out for want of room stays out, so
 * every key inside has seen every pack.
 */
export class FoldWindow {
  private folded: Change[] = [];
  /** Changes of the latest packs, themselves folded, that `folded` does not have yet: merging few into many is what costs. */
  private recent: Change[] = [];
  private end: Uint8Array | null = null;

  /**
   * @param after last key of the window before; null to begin
   * @param room most changes held
   */
  constructor(
    private readonly after: Uint8Array | null,
    private readonly room: number,
  ) {}

  /** Changes so far, in order of key. */
  get changes(): readonly Change[] {
    this.merge();
    return this.folded;
  }

  /** Last key of the window, or null when it reaches to the end. Keys beyond it may have changes. */
  get upTo(): Uint8Array | null {
    this.merge();
    return this.end;
  }

  /** @throws PackError `contradiction` when no set can undergo the packs in this order, perhaps at a later call */
  add(pack: Pack): void {
    let incoming = this.read(pack);
    if (incoming.length > this.room) {
      // Merging may bring the end down, and what lies beyond it has not seen every pack: it is left out of this one too.
      this.merge();
      incoming = this.read(pack);
    }
    if (incoming.length > this.room) {
      incoming.length = this.room;
      this.lowerEnd(incoming.at(-1)!.key);
    }
    if (incoming.length === 0) return;
    this.recent = foldChanges(this.recent, incoming.map(detached));
    if (this.recent.length * MERGE_SHARE >= this.room) this.merge();
  }

  /** Changes of a pack inside the window as it is now: one more than there is room for when there are more. */
  private read(pack: Pack): Change[] {
    return changesInRange(pack, { after: this.after, upTo: this.end }, this.room + 1);
  }

  private merge(): void {
    if (this.recent.length === 0) return;
    this.folded = foldChanges(this.folded, this.recent);
    this.recent = [];
    if (this.folded.length <= this.room) return;
    this.folded.length = this.room;
    this.end = this.folded.at(-1)!.key;
  }

  private lowerEnd(key: Uint8Array): void {
    this.end = new Uint8Array(key);
    const beyond = this.folded.findIndex((change) => compareKeys(change.key, key) > 0);
    if (beyond >= 0) this.folded.length = beyond;
  }
}

/** Recent changes are merged when they would fill this part of the window. */
const MERGE_SHARE = 8;

/** A copy of its own: a view would keep the whole pack in memory for one key. */
function detached(change: Change): Change {
  const key = new Uint8Array(change.key);
  if (change.op === 'remove') return { ...change, key };
  const metadata = new Uint8Array(change.metadata);
  return change.op === 'update'
    ? { op: 'update', key, metadata }
    : { op: 'add', key, metadata, value: new Uint8Array(change.value) };
}
