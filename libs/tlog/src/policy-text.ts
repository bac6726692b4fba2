import { parseDecimal } from './integers.js';
import { checkPolicy, PolicyBuilder, type PolicyGroup, type TlogPolicy } from './policy.js';
import { decodeUtf8, utf8Bytes } from './text.js';
import { TlogError } from './tlog-error.js';
import { formatVerifierKey, parseVerifierKey } from './verifier-key.js';

/** Bytes of the longest policy file. */
export const MAX_POLICY_BYTES = 65_536;

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const HASH_SIGN = 0x23;
const DELETE = 0x7f;

/**
 * The policy in a policy file: lines `log`, `witness`, `group` and `quorum`, comments and empty lines
 * (c2sp.org/tlog-policy, "Policy file syntax and structure"). Only space and tab separate words. Every line
 * must end in a newline: a file cut short must not pass for a smaller policy. Comments may hold any byte over
 * 0x7F; names and URLs have to be UTF-8.
 * @throws TlogError `malformed`, `too_large`, `bad_key`, `bad_policy`, `out_of_range`; the message names the
 * line
 */
export function parsePolicy(file: string | Uint8Array): TlogPolicy {
  const bytes = typeof file === 'string' ? utf8Bytes(file) : file;
  if (bytes.length > MAX_POLICY_BYTES) {
    throw new TlogError('too_large', `policy: must be ${MAX_POLICY_BYTES} bytes at most`);
  }
  const builder = new PolicyBuilder();
  linesOf(bytes).forEach((line, i) => inLine(i + 1, () => addLine(builder, wordsOf(line))));
  return builder.build();
}

/**
 * The policy file of a policy: logs, witnesses, groups, quorum, one space between words
 * (c2sp.org/tlog-policy).
 * @throws TlogError `bad_policy`, `out_of_range`, or `malformed` for a name or URL that is not one word
 */
export function formatPolicy(policy: TlogPolicy): string {
  const { logs, witnesses, groups, quorum } = checkPolicy(policy);
  const lines = [
    ...logs.map(({ key, url }) => ['log', formatVerifierKey(key), ...optional(url)]),
    ...witnesses.map(({ name, key, url }) => ['witness', name, formatVerifierKey(key), ...optional(url)]),
    ...groups.map((group) => ['group', group.name, thresholdWord(group), ...group.members]),
    ['quorum', quorum],
  ];
  return lines.map((words) => `${words.map(requireWord).join(' ')}\n`).join('');
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end < 0) throw new TlogError('malformed', 'policy: must end in a newline');
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function inLine(number: number, read: () => void): void {
  try {
    read();
  } catch (error) {
    throw Object.assign(error as Error, { message: `policy line ${number}: ${(error as Error).message}` });
  }
}

function wordsOf(line: Uint8Array): string[] {
  if (line.some((byte) => (byte < SPACE && byte !== TAB) || byte === DELETE)) {
    throw new TlogError('malformed', 'must hold no control character but tab');
  }
  const first = line.find((byte) => byte !== SPACE && byte !== TAB);
  if (first === undefined || first === HASH_SIGN) return [];
  return decodeUtf8(line, 'line')
    .split(/[ \t]+/)
    .filter((word) => word !== '');
}

function addLine(builder: PolicyBuilder, [keyword, ...words]: string[]): void {
  switch (keyword) {
    case undefined:
      return;
    case 'log':
      return addLog(builder, words);
    case 'witness':
      return addWitness(builder, words);
    case 'group':
      return addGroup(builder, words);
    case 'quorum':
      return addQuorum(builder, words);
    default:
      throw new TlogError('malformed', 'must start with log, witness, group or quorum');
  }
}

function addLog(builder: PolicyBuilder, words: readonly string[]): void {
  const [vkey, url] = requireWords(words, 1, 2);
  builder.addLog({ key: parseVerifierKey(vkey!), ...(url === undefined ? {} : { url }) });
}

function addWitness(builder: PolicyBuilder, words: readonly string[]): void {
  const [name, vkey, url] = requireWords(words, 2, 3);
  builder.addWitness({ name: name!, key: parseVerifierKey(vkey!), ...(url === undefined ? {} : { url }) });
}

function addGroup(builder: PolicyBuilder, words: readonly string[]): void {
  const [name, threshold, ...members] = requireWords(words, 3, Infinity);
  builder.addGroup({ name: name!, threshold: parseThreshold(threshold!, members.length), members });
}

function addQuorum(builder: PolicyBuilder, words: readonly string[]): void {
  builder.setQuorum(requireWords(words, 1, 1)[0]!);
}

function requireWords(words: readonly string[], least: number, most: number): readonly string[] {
  if (words.length < least || words.length > most)
    throw new TlogError('malformed', 'has too few or too many words');
  return words;
}

function parseThreshold(word: string, members: number): number {
  if (word === 'all') return members;
  return word === 'any' ? 1 : parseDecimal(word, 'threshold');
}

function thresholdWord({ threshold, members }: PolicyGroup): string {
  if (threshold === members.length) return 'all';
  return threshold === 1 ? 'any' : String(threshold);
}

function optional(url: string | undefined): string[] {
  return url === undefined ? [] : [url];
}

function requireWord(word: string): string {
  if (word === '' || /[\u0000- \u007f\p{Cs}]/u.test(word)) {
    throw new TlogError(
      'malformed',
      'policy: a name or URL must be one word without spaces and control characters',
    );
  }
  return word;
}
