/** An idle leaf of the same time, place in the log and nonce as a horizon. */
export function idleOf(horizon: Uint8Array): Uint8Array {
  const text = Buffer.from(horizon).toString();
  return Buffer.from(text.replace('"kind":"horizon"', '"kind":"idle"').replace(/,"horizons":.*$/, '}'));
}
