import { ClientError } from '#libs/client';

/** A line with its number, from 1. */
export interface InputLine {
  readonly number: number;
  readonly text: string;
}

const LF = 0x0a;
/** Longer than any entry can be; a file without line ends must not fill the memory. */
const LONGEST_LINE = 64 * 1024;

/**
 * The lines of a UTF-8 text. A byte order mark at the start and carriage returns at line ends, as some editors write
 * them, are dropped.
 *
 * @param name  of the input, for errors
 * @throws ClientError `INPUT_INVALID`
 */
export async function* inputLines(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<InputLine, void, undefined> {
  let rest: Uint8Array = new Uint8Array(0);
  let number = 1;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      yield { number, text: decode(name, number, bytes.subarray(start, end)) };
      number++;
      start = end + 1;
    }
    rest = bytes.slice(start);
    if (rest.length > LONGEST_LINE) throw invalid(name, number, 'is longer than 64 KiB');
  }
  if (rest.length > 0) yield { number, text: decode(name, number, rest) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(name: string, number: number, bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw invalid(name, number, 'is not UTF-8');
  }
  if (number === 1 && text.startsWith('\ufeff')) text = text.slice(1);
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

/** Something is wrong with a line; `rule` never repeats what it says. */
export function invalid(name: string, number: number, rule: string, cause?: unknown): ClientError {
  return new ClientError('INPUT_INVALID', `${name}, line ${number}`, rule, { cause });
}
