/**
 * Which rule a text broke:
 * `TOO_LONG`, `TOO_DEEP` the caller's limits; `SYNTAX` the grammar of RFC 8259; `TRAILING_DATA` something after the value;
 * `DUPLICATE_NAME`, `UNPAIRED_SURROGATE`, `NUMBER_RANGE` RFC 7493 §2; `NUMBER_FORM` a fraction, an exponent or `-0`;
 * `NOT_UTF8`, `BYTE_ORDER_MARK` the encoding.
 */
export type StrictJsonErrorCode =
  | 'TOO_LONG'
  | 'TOO_DEEP'
  | 'SYNTAX'
  | 'TRAILING_DATA'
  | 'DUPLICATE_NAME'
  | 'UNPAIRED_SURROGATE'
  | 'NUMBER_FORM'
  | 'NUMBER_RANGE'
  | 'NOT_UTF8'
  | 'BYTE_ORDER_MARK';

/** A text that is not strict JSON. The message names position and rule and never repeats what the text says. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError';

  /** `position` counts UTF-16 code units from 0, or is null where no single place is at fault. */
  constructor(
    readonly code: StrictJsonErrorCode,
    readonly position: number | null,
    readonly rule: string,
  ) {
    super(position === null ? `strict JSON: ${rule}` : `strict JSON at position ${position}: ${rule}`);
  }
}
