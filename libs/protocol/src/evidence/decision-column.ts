import { ProtocolError } from '../protocol-error.js';
import { DECISION_CODES, VERDICTS, type Decision } from '../submission/decisions.js';

/** Bytes of one decision in a column. */
export const LINE_OF_DECISION_BYTES = 8;

const TWO_TO_48 = 2 ** 48;

/**
 * Decisions as a column: 8 bytes a line. The first has the number of the verdict in its upper half and that of the code, from 1, in the
 * lower (0: none); the other seven are `prev` + 1, big-endian, 0 for none.
 */
export function encodeDecisionColumn(decisions: readonly Decision[]): Uint8Array {
  const bytes = new Uint8Array(decisions.length * LINE_OF_DECISION_BYTES);
  const view = new DataView(bytes.buffer);
  decisions.forEach(({ verdict, code, prev }, line) => {
    const at = line * LINE_OF_DECISION_BYTES;
    const next = prev === null ? 0 : prev + 1;
    const number = code === null ? 0 : DECISION_CODES.indexOf(code) + 1;
    view.setUint8(at, VERDICTS.indexOf(verdict) * 16 + number);
    view.setUint8(at + 1, Math.floor(next / TWO_TO_48));
    view.setUint16(at + 2, Math.floor(next / 2 ** 32) % 2 ** 16);
    view.setUint32(at + 4, next % 2 ** 32);
  });
  return bytes;
}

/**
 * The inverse of {@link encodeDecisionColumn}; that codes go with verdicts is for whoever checks them against the content body.
 *
 * @throws ProtocolError BAD_FRAMING
 */
export function decodeDecisionColumn(bytes: Uint8Array): Decision[] {
  if (bytes.length % LINE_OF_DECISION_BYTES !== 0) throw refused('must be 8 bytes a line');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const decisions: Decision[] = [];
  for (let at = 0; at < bytes.length; at += LINE_OF_DECISION_BYTES) {
    const first = view.getUint8(at);
    const verdict = VERDICTS[first >> 4];
    const code = (first & 15) === 0 ? null : DECISION_CODES[(first & 15) - 1];
    const next =
      view.getUint8(at + 1) * TWO_TO_48 + view.getUint16(at + 2) * 2 ** 32 + view.getUint32(at + 4);
    if (verdict === undefined || code === undefined) throw refused('has a verdict or code that there is not');
    if (!Number.isSafeInteger(next)) throw refused('has a prev that is no log index');
    decisions.push({ verdict, code, prev: next === 0 ? null : next - 1 });
  }
  return decisions;
}

function refused(rule: string): ProtocolError {
  return new ProtocolError({ code: 'BAD_FRAMING', field: 'evidence.decisions', rule });
}
