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
    return this.folded;
  }

  /** Last key of the window, or null when it reaches to the end. Keys beyond it may have changes. */
  get upTo(): Uint8Array | null {
    return this.end;
  }

  /** @throws PackError `contradiction` when no set can undergo the packs in this order */
  add(pack: Pack): void {
    const range = { after: this.after, upTo: this.end };
    const incoming = changesInRange(pack, range, this.room + 1).map(detached);
    if (incoming.length === 0) return;
    if (incoming.length > this.room) {
      incoming.length = this.room;
      this.lowerEnd(incoming.at(-1)!.key);
    }
    this.folded = foldChanges(this.folded, incoming);
    if (this.folded.length > this.room) {
      this.folded.length = this.room;
      this.lowerEnd(this.folded.at(-1)!.key);
    }
  }

  private lowerEnd(key: Uint8Array): void {
    this.end = key;
    const beyond = this.folded.findIndex((change) => compareKeys(change.key, key) > 0);
    if (beyond >= 0) this.folded.length = beyond;
  }
}

/** A copy of its own: a view would keep the whole pack in memory for one key. */
function detached(change: Change): Change {
  const key = new Uint8Array(change.key);
  if (change.op === 'remove') return { ...change, key };
  const metadata = new Uint8Array(change.metadata);
  return change.op === 'update'
    ? { op: 'update', key, metadata }
    : { op: 'add', key, metadata, value: new Uint8Array(change.value) };
}
