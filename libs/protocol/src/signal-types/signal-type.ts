/** The parsed form of a value: the record key, or why the spelling is not canonical. */
export type ParsedValue = { ok: true; key: Uint8Array } | { ok: false; rule: string };

/**
 * A kind of signal that members can share. One file per type; `registry.ts` lists them.
 *
 * A value has exactly one canonical spelling on the wire. Anything else is refused, never repaired: two spellings
 * of one hash would be two signals in every copy that does not repair the same way.
 */
export interface SignalType {
  /** Name on the wire, in feeds and in policies. */
  readonly name: string;
  /** Number in stored rows. Never reused. */
  readonly code: number;
  /** Length of the record key in bytes. */
  readonly keyLength: number;
  /** Whether equal content has nearby rather than equal values, so that `quality` has a meaning. */
  readonly perceptual: boolean;
  /** Canonical value to record key; never throws. */
  parse(value: string): ParsedValue;
  /** Record key to canonical value. */
  format(key: Uint8Array): string;
}
