const EVIDENCE = /^evidence\/(0|[1-9][0-9]{0,15})-([1-9][0-9]{0,15})$/;
const STATE = /^state\/([1-9][0-9]{0,15})\/(?:salts|(0|[1-9][0-9]{0,2}))$/;

/** What a path behind a replay ticket names. */
export type ReplayObject =
  | { readonly kind: 'evidence'; readonly from: number; readonly to: number }
  /** `leaf` is the number of the leaf; null stands for all salts. */
  | { readonly kind: 'state'; readonly index: number; readonly leaf: number | null };

/** The object that a path names; null when it is none, or has an index that a number cannot hold. */
export function parseReplayPath(path: string): ReplayObject | null {
  const state = STATE.exec(path);
  if (state !== null) {
    const [, index, leaf] = state;
    const numbers = exact([index!, leaf ?? '0']);
    return numbers && { kind: 'state', index: numbers[0]!, leaf: leaf === undefined ? null : numbers[1]! };
  }
  const [, from, to] = EVIDENCE.exec(path) ?? [];
  const numbers = from === undefined ? null : exact([from, to!]);
  return numbers && { kind: 'evidence', from: numbers[0]!, to: numbers[1]! };
}

function exact(texts: readonly string[]): number[] | null {
  const numbers = texts.map(Number);
  return numbers.every(Number.isSafeInteger) ? numbers : null;
}
